"""What the commands say of themselves."""

from __future__ import annotations

import shlex

import click
import pytest
from click.testing import CliRunner

from harness.cli.app import cli


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_help_has_an_example_that_parses(name: str) -> None:
    """The example runs the command with arguments and options that it has."""
    command = cli.commands[name]
    page = CliRunner().invoke(cli, [name, "--help"])
    assert page.exit_code == 0
    words = shlex.split(page.output.strip().splitlines()[-1])
    assert words[:3] == ["Example:", "harness", name]
    # Values are not checked, as the example names a run that does not exist here.
    values, _, _ = command.make_parser(click.Context(command)).parse_args(words[3:])
    assert values.keys() <= {option.name for option in command.params}


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_option_says_what_it_does(name: str) -> None:
    """Each has help that begins with a capital and ends with a full stop."""
    for option in cli.commands[name].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help[0].isupper(), option.name
            assert option.help.endswith("."), option.name
