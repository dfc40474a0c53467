"""Options that every command shares: the workload folder and JSON output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def workload_option(function: Function) -> Function:
    """`--workload DIR` (or WORKLOAD), the folder with workload.yaml; the current one if not given."""
    option = click.option(
        "--workload",
        "folder",
        type=click.Path(path_type=Path),
        default=Path(),
        envvar="WORKLOAD",
        show_envvar=True,
        help="The workload folder.",
    )
    return option(function)


def json_option(function: Function) -> Function:
    """`--json`: print JSON for programs instead of text for people."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)
