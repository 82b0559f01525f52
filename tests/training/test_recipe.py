"""Recipe files: the shipped ones are right, wrong ones are named."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.errors import RecipeError
from training.loop import rate_factor
from training.recipe import Recipe, read_recipe

MINIMAL = 'name = "x"\n[optimiser]\nsteps = 10\n'


def test_every_shipped_recipe_is_right(repository: Path) -> None:
    recipes = sorted(repository.glob("checkpoints/**/*.toml"))
    assert recipes
    for path in recipes:
        read_recipe(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name = ", "not TOML"),
        ('name = "x"', "optimiser: Field required"),
        (MINIMAL + "speed = 3\n", "optimiser.speed: Extra inputs"),
        (MINIMAL + '[loss]\nweighting = "unifrom"\n', "loss.weighting"),
        (MINIMAL + "[encoder]\nexits = []\n", "exits is empty"),
        (
            MINIMAL + "[encoder]\nn_mels = 40\n",
            "encoder reads 40 numbers a frame",
        ),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_key(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=why) as caught:
        read_recipe(path)
    assert "recipe.toml" in caught.value.what


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such recipe"):
        read_recipe(tmp_path / "none.toml")


@given(st.text())
def test_any_text_is_a_recipe_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(RecipeError):
        assert isinstance(read_recipe(path), Recipe)


def test_the_learning_rate_rises_then_falls() -> None:
    settings = read_settings("cosine")
    rates = [rate_factor(step, settings) for step in range(101)]
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0.0)
    noam = read_settings("noam")
    assert rate_factor(39, noam) == pytest.approx(0.5)


def read_settings(schedule: str):
    values = {"steps": 100, "warmup": 10, "schedule": schedule}
    return Recipe.model_validate({"name": "x", "optimiser": values}).optimiser
