"""`colonnade vouch`: files of other tools are signed as they are, so that nobody can rewrite them before the review."""

from __future__ import annotations

import json
from pathlib import Path

import click

from colonnade.cli.options import json_option
from colonnade.cli.passphrase import passphrase_of, passphrase_option
from colonnade.errors import SetupError
from colonnade.evidence.signing_key import read_private


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path), required=True, help="The private key of who signs."
)
@passphrase_option
@click.option("--commit", default="", metavar="SHA", help="The commit that the files are about.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("vouched.intoto.json"), help="Where it is written."
)
@json_option
def command(
    *, files: tuple[Path, ...], key_file: Path, passphrase: str | None, commit: str, out: Path, as_json: bool
) -> None:
    """Sign FILES: reports of scanners, exports of registries. Import the result with `evidence import provenance`."""
    from colonnade.review.adapters.provenance.vouching import vouched  # noqa: PLC0415 - loads the adapters

    envelope = vouched(files, commit, read_private(key_file, passphrase_of(passphrase)))
    try:
        out.write_bytes(envelope.encode())
    except OSError as error:
        raise SetupError(f"{out} cannot be written: {error.strerror}") from error
    if as_json:
        click.echo(json.dumps({"file": str(out), "files": len(files), "commit": commit}))
    else:
        click.echo(f"{out} vouches for {len(files)} files" + (f" about {commit[:12]}" if commit else ""))
