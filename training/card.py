"""The card of a checkpoint: what it is, what it learnt from, and how it did on dev."""

from collections import defaultdict
from collections.abc import Sequence

from edge.corpus import Utterance
from training.recipe import Recipe
from training.units.recipe import UnitsRecipe

NO_COMPARISON = (
    "These figures are for choosing and comparing within this project. Splits made anew from a "
    "public corpus must not be set beside published figures for that corpus."
)


def write_card(
    recipe: Recipe | UnitsRecipe, origin: str, train: list[Utterance], found: Sequence[str]
) -> str:
    """Markdown text of `card.md`.

    `origin` says how the weights came to be, `found` are lines on how it did on dev.
    """
    lines = [
        f"# {recipe.name}",
        "",
        _what(recipe),
        "",
        f"- licence: {recipe.card.licence}",
        f"- origin: {origin}",
        f"- seed: {recipe.seed}",
        f"- steps: {recipe.optimiser.steps}, about {recipe.data.batch_s:g} s of sound each",
        f"- averaged: the last {recipe.optimiser.average} saved states",
        "",
        "## Learnt from",
        "",
        "| corpus | utterances | hours | speakers | weight in an epoch |",
        "|---|---|---|---|---|",
        *_corpus_rows(recipe, train),
        "",
        *(f"- {name}: {origin}" for name, origin in recipe.card.sources.items()),
        "",
        *(f"{note}\n" for note in recipe.card.notes),
        *found,
        "",
        NO_COMPARISON,
        "",
    ]
    return "\n".join(lines)


def _what(recipe: Recipe | UnitsRecipe) -> str:
    encoder = recipe.encoder
    names = {"conformer": "Conformer", "hubert": "HuBERT", "wavlm": "WavLM", "daisy": "DAISY"}
    stack = (
        f"An early-exit {names.get(encoder.family, encoder.family)} for English speech at "
        f"{recipe.features.sample_rate // 1000} kHz: {encoder.blocks} blocks of width "
        f"{encoder.dim}, exits after blocks {', '.join(map(str, encoder.exits))}, a "
        f"`{encoder.branch}` branch at each"
    )
    if isinstance(recipe, UnitsRecipe):
        how = {"all": "all of it", "branches": "its branches alone"}[recipe.trains]
        return (
            f"{stack}. Its exits name units, not text; {how} learnt without transcripts. "
            "Fine-tune it by `eedge train RECIPE --start`."
        )
    return f"{stack}, trained by CTC over characters with `{recipe.loss.weighting}` weighting."


def _corpus_rows(recipe: Recipe | UnitsRecipe, train: list[Utterance]) -> list[str]:
    groups: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in train:
        groups[utterance.corpus].append(utterance)
    return [
        f"| {name} | {len(group)} | {sum(u.duration for u in group) / 3600:.2f} | "
        f"{len({u.speaker for u in group})} | {recipe.data.weights.get(name, 1.0):g} |"
        for name, group in sorted(groups.items())
    ]
