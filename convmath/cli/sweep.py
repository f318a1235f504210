"""convmath sweep: every design of some ranges measured."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..core.errors import ParseError, unknown_name
from .networks import NetworkName, is_elsewhere, is_file, network_of
from .options import (
    FORMATS,
    allow_code_option,
    emit,
    given_option,
    parse_given,
    plot_option,
    shapes_option,
    write_out,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.shape import Shape
    from ..layers.field import Field
    from ..plan.axis import Axis
    from ..plan.gathering import Best, Front, Grouped, Sample, Summary
    from ..plan.sweep import Sweep
    from ..report.analysis import Report

MOST_POINTS = 4000
"""Designs of a chart beside the front."""

LETTERS = {1: "L", 2: "HW", 3: "DHW"}
"""What the spatial sizes of a network's customary input are called."""


class Source(NamedTuple):
    """A network as a command names it, and what holds for all its designs."""

    network: str
    shapes: tuple[str, ...]
    given: dict[str, Any]
    allow_code: bool

    def analyzed(self, values: dict[str, Any]) -> Report:
        """The network for values, or symbols, of what is varied."""
        asked = network_of(self.network, self.shapes, {**self.given, **values}, self.allow_code)
        return asked.network.analyze(*asked.settled())


def source_of(network: str, shapes: tuple[str, ...], given: dict[str, Any], code: bool, axes: Sequence[Axis]) -> Source:
    """The source of designs: N, H, W … are sizes of every input where the network has no other meaning for them.

    Raises UnknownNameError for what is varied and the network knows nothing of.
    """
    parameters = {} if is_elsewhere(network) else _parameters(network)
    letters = {axis.name for axis in axes if axis.name in {*"NDHWL"} and axis.name not in parameters}
    first = {axis.name: axis.values[0] for axis in axes if axis.values and axis.name not in letters}
    tied = {axis.name: 1 for axis in axes if axis.formula and axis.name not in letters}
    asked = network_of(network, shapes, {**given, **tied, **first}, code)
    sizes = asked.settled()
    names = list(asked.network.input_shapes)
    own = {name for shape in sizes for size in shape for name in getattr(size, "names", ())}
    left = letters - own
    lettered = [_lettered(shape, left) for shape in sizes]
    missing = left - {letter for shape in lettered for letter in shape}
    if missing:
        raise unknown_name("size of its input", min(missing), sorted({*parameters, *own, *_letters_of(sizes)}))
    if not left:
        return Source(network, shapes, given, code)
    words = [f"{name}={'x'.join(shape)}" for name, shape in zip(names, lettered, strict=True)]
    return Source(network, tuple(words), given, code)


def _letters_of(sizes: Sequence[Shape]) -> set[str]:
    return {letter for shape in sizes for letter in f"N{LETTERS.get(shape.rank, '')}"}


def _lettered(shape: Shape, letters: set[str]) -> list[str]:
    """A shape in words, with letters in the place of their sizes."""
    named = f"NC{LETTERS.get(shape.rank, '')}".ljust(len(shape), "?")
    return [letter if letter in letters else str(size) for letter, size in zip(named, shape, strict=True)]


def _parameters(network: str) -> Mapping[str, Field]:
    from ..zoo import published_parameters

    return published_parameters(network)


def _sized(network: str) -> set[str]:
    """The sizes for each of which a published network is another one."""
    return {*"DHWL"} if not is_elsewhere(network) and "size" in _parameters(network) else set()


def check_values(network: str, axes: tuple[Axis, ...]) -> None:
    """ParameterError for a value that a published network does not take, be it stated or tied to others."""
    if is_elsewhere(network):
        return
    from ..plan.axis import values_of

    parameters = _parameters(network)
    for axis in axes:
        if axis.name in parameters:
            for value in values_of(axis, axes):
                parameters[axis.name].settled(value, network, rank=2)


class Sweeping(click.Command):
    """`convmath sweep merge FILE` is a command of its own; every other first word is a network."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        if args[:1] == ["merge"]:
            return merge.make_context(f"{info_name} merge", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command()
@click.argument("file")
def merge(file: str) -> None:
    """Writes FILE from the parts that several shards of a sweep have worked out.

    \b
    Examples:
      convmath sweep merge sweep.csv
    """
    from ..plan.running import merge as merged

    click.echo(f"{file}: written from {merged(file)} blocks")


@click.command(cls=Sweeping)
@click.argument("network", type=NetworkName())
@click.option("--vary", multiple=True, required=True, metavar="AXIS", help="NAME=FIRST:LAST:STEP, NAME=A,B,C, W=H.")
@click.option("--measure", default="params,macs", show_default=True, metavar="A,B,…", help="What to measure.")
@click.option(
    "--where", default="", metavar="TEXT", help="Only designs for which this holds: macs <= 600M and H >= 64."
)
@click.option(
    "--front", "goals", metavar="A:min,B:max", help="Show the designs that no other one beats in all of these."
)
@click.option("--best", metavar="COLUMN[:max]", help="Show the designs with the least of this; of the first measure.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 10**6), metavar="N", help="Show so many.")
@click.option("--group-by", metavar="COLUMN", help="Show the best for each value of this.")
@click.option("-o", "--output", metavar="FILE", help="Write all designs to FILE: .csv, .json or .parquet.")
@click.option("--resume", is_flag=True, help="Go on with what was stopped.")
@click.option("--shard", "own", metavar="I/N", help="Work out only this part; `convmath sweep merge FILE` joins them.")
@click.option(
    "--scheduler", default="here", show_default=True, metavar="NAME", help="here, processes, dask://HOST:PORT."
)
@click.option("--jobs", "-j", type=click.IntRange(1, 256), metavar="N", help="Processes; one for each core.")
@plot_option("the designs that no other beats, over a sample of all")
@click.option("--emit", "language", type=click.Choice(("python", "numpy", "c")), help="Print the measures as source.")
@shapes_option
@given_option
@allow_code_option
@click.option("--format", "form", type=click.Choice(FORMATS), help="How to write what is shown; text if left out.")
def sweep(
    network: str, vary: tuple[str, ...], measure: str, where: str, goals: str | None, best: str | None, top: int,
    group_by: str | None, output: str | None, resume: bool, own: str | None, scheduler: str, jobs: int | None,
    plot: str | None, language: str | None, shapes: tuple[str, ...], given: tuple[str, ...], allow_code: bool,
    form: str | None,
) -> None:  # fmt: skip
    """Measures every design of some ranges, and shows the best.

    What varies are a network's parameters, the symbols of a file or of --input, and H, W … of the customary input. A
    range has both ends; a formula over other names ties one to them. Measures are params, macs, flops, activations,
    peak_activation (bytes), receptive_field, output …, and of a layer such as receptive_field@layer3.

    \b
    Examples:
      convmath sweep resnet50 --vary width=16:128:8 --vary H=128:512:32 --vary W=H --where "macs <= 600M"
      convmath sweep mobilenet_v2 --vary H=96:320:32 --vary W=H --measure macs,peak_activation --best macs:max
      convmath sweep resnet18 --vary width=8:64:8 --vary H=64:256:64 --front params:min,macs:min
      convmath sweep resnet18 --vary H=64:256:64 --vary W=H -o sweep.csv
      convmath sweep resnet18 --vary H=64:256:64 --vary width=8:64:8 --measure macs --emit c
    """
    from ..plan.axis import parse_axis
    from ..plan.gathering import Sample
    from ..plan.sweep import Sweep

    axes = tuple(parse_axis(text) for text in vary)
    source = source_of(network, shapes, parse_given(given), allow_code, axes)
    check_values(network, axes)
    asked = Sweep(source.analyzed, axes, measure, where, _sized(network))
    if language is not None:
        write_out(asked.source(language), output)
        return
    found, said = _chosen(asked, goals, best, top, group_by)
    if plot is not None and goals is None:
        raise ParseError("--plot shows a front (add --front macs:min,params:max)")
    others = Sample(MOST_POINTS if plot is not None else 0)
    summary = _run(asked, (found, others), source, output, resume, own, scheduler, jobs)
    if plot is not None:
        from ..plan.charts import front_chart
        from ..render.chart import write_chart

        write_chart(front_chart(network, found, others, summary), plot)  # type: ignore[arg-type]
    from ..plan.telling import sweep_data, sweep_table

    emit(
        lambda: sweep_table(network, asked, summary, found, said),
        lambda: sweep_data(network, asked, summary, found), form, None,
    )  # fmt: skip


def _chosen(
    asked: Sweep, goals: str | None, best: str | None, top: int, group_by: str | None
) -> tuple[Best | Front | Grouped, str]:
    """What gathers the designs that are shown, and what they are."""
    from ..plan.front import parse_goals
    from ..plan.gathering import Best, Front, Grouped

    if goals is not None:
        if best or group_by:
            raise ParseError("--front shows all that no other beats (leave --best and --group-by out)")
        return Front(parse_goals(goals)), f"designs that no other beats in {goals}"
    goal = parse_goals(best or asked.measures[0].text)[0]
    word = f"{'least' if goal.sign > 0 else 'most'} {goal.column}"
    if group_by:
        return Grouped(group_by, goal), f"the design with the {word} for each {group_by}"
    return Best(goal, top), f"designs with the {word}"


def _run(
    asked: Sweep, gatherers: Sequence[Best | Front | Grouped | Sample], source: Source, output: str | None,
    resume: bool, own: str | None,
    scheduler: str, jobs: int | None,
) -> Summary:  # fmt: skip
    from ..plan.parts import Parts
    from ..plan.running import finish, gather
    from ..plan.scheduling import scheduler_for, shard
    from ..plan.writing import writer_for
    from ..render.progress import progress

    if output is None and (resume or own):
        raise ParseError(f"--{'resume' if resume else 'shard'} wants a file (add -o sweep.csv)")
    parts = None
    if output is not None:
        writer_for(output)
        parts = Parts(output)
        parts.begin(_described(asked, source), resume=resume or bool(own))
    places = shard(own, range(len(asked))) if own else None
    done, began = 0, time.monotonic()
    with progress() as tell:

        def more(designs: int) -> None:
            nonlocal done
            done += designs
            rate = done / max(time.monotonic() - began, 1e-3)
            tell(f"designs, {rate / 1e6:.1f} M a second", done, asked.count)

        try:
            summary = gather(asked, scheduler_for(scheduler, jobs), gatherers, parts, places, more)
        except KeyboardInterrupt:
            if output is not None:
                said = f"stopped after {done:,} of {asked.count:,} designs (the same command with --resume goes on)"
                click.echo(said, err=True)
            raise
    if output is not None and not own:
        finish(output, len(asked))
    return summary


def _described(asked: Sweep, source: Source) -> dict[str, Any]:
    """What makes a sweep this one."""
    return {
        "network": source.network,
        "content": _digest(source.network),
        "input": list(source.shapes),
        "given": {name: str(value) for name, value in source.given.items()},
        "vary": [str(axis) for axis in asked.axes],
        "measure": [measure.text for measure in asked.measures],
        "where": asked.where,
        "blocks": len(asked),
    }


def _digest(network: str) -> str:
    """What a file holds, in short: parts of a sweep over another content are none of this one."""
    if not is_file(network):
        return ""
    from hashlib import sha256
    from pathlib import Path

    return sha256(Path(network).read_bytes()).hexdigest()
