"""A group of commands may take one of them for granted: `colonnade attest UC-01.2` means `colonnade attest sign UC-01.2`."""

from __future__ import annotations

import click


class GrantingGroup(click.Group):
    """A group whose command `granted` runs when the first word names none of its commands."""

    granted = ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the granted command before words that are none."""
        if args and args[0] not in self.commands and args[0] not in {*ctx.help_option_names, "--help"}:
            args = [self.granted, *args]
        return super().parse_args(ctx, args)


def granting(name: str) -> type[GrantingGroup]:
    """The class of a group that takes the command `name` for granted."""
    return type("Granting", (GrantingGroup,), {"granted": name})
