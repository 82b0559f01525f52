"""The card of a checkpoint: what it is, what it learnt from, and how it did on dev."""

from collections import defaultdict

from edge.corpus import Utterance
from training.recipe import Recipe
from training.validation import WordErrors

NO_COMPARISON = (
    "These figures are for choosing and comparing within this project. Splits made anew from a "
    "public corpus must not be set beside published figures for that corpus."
)


def write_card(recipe: Recipe, origin: str, train: list[Utterance], result: WordErrors) -> str:
    """Markdown text of `card.md`; `origin` says how the weights came to be."""
    encoder = recipe.encoder
    lines = [
        f"# {recipe.name}",
        "",
        f"An early-exit {encoder.family.capitalize()} for English speech at "
        f"{recipe.features.sample_rate // 1000} kHz: {encoder.blocks} blocks of width "
        f"{encoder.dim}, exits after blocks {', '.join(map(str, encoder.exits))}, a "
        f"`{encoder.branch}` branch at each, trained by CTC over characters with "
        f"`{recipe.loss.weighting}` weighting.",
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
        "## Word error rate on dev, in %, by exit",
        "",
        "| corpus | " + " | ".join(str(exit) for exit in encoder.exits) + " |",
        "|---|" + "---|" * len(encoder.exits),
        *(_rate_row(name, rates) for name, rates in result.by_corpus.items()),
        _rate_row("all", result.overall),
        "",
        "Greedy decoding, float32, no language model. " + NO_COMPARISON,
        "",
    ]
    return "\n".join(lines)


def _corpus_rows(recipe: Recipe, train: list[Utterance]) -> list[str]:
    groups: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in train:
        groups[utterance.corpus].append(utterance)
    return [
        f"| {name} | {len(group)} | {sum(u.duration for u in group) / 3600:.2f} | "
        f"{len({u.speaker for u in group})} | {recipe.data.weights.get(name, 1.0):g} |"
        for name, group in sorted(groups.items())
    ]


def _rate_row(name: str, rates: dict[int, float]) -> str:
    return f"| {name} | " + " | ".join(f"{rate:.1f}" for rate in rates.values()) + " |"
