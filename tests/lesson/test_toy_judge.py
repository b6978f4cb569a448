"""The toy judge's arithmetic: the published pictures, the gradient, what each prior does to a climb."""

import pytest

from core.lesson import toy_judge


def test_the_published_pictures_score_as_published():
    assert [list(picture) for picture in toy_judge.WORKED_PICTURES] == [
        [0.2, 0.1, 0.2, 0.1],
        [0.4, -0.1, 0.4, -0.1],
        [0.8, -0.6, 0.8, -0.6],
    ]
    assert [round(toy_judge.score(picture), 12) for picture in toy_judge.WORKED_PICTURES] == [0.1, 0.5, 1.4]


def test_the_gradient_is_that_of_the_score():
    small = 1e-6
    for i in range(4):
        moved = [value + small * (i == n) for n, value in enumerate(toy_judge.START)]
        assert (toy_judge.score(moved) - toy_judge.score(toy_judge.START)) / small == pytest.approx(
            toy_judge.GRADIENT[i], abs=1e-6
        )


def test_a_step_raises_the_score_by_its_rate_without_end():
    path = toy_judge.ascend(toy_judge.START, 0.4, 100)
    assert toy_judge.score(path[-1]) == pytest.approx(0.1 + 100 * 0.4)
    assert toy_judge.realism(path[-1]) < 1e-6 < toy_judge.realism(path[0])


def test_the_first_published_step_is_a_gradient_step_and_the_second_is_not():
    first, second, third = toy_judge.WORKED_PICTURES
    assert toy_judge.rate_between(first, second) == (pytest.approx(0.4), True)
    rate, exact = toy_judge.rate_between(second, third)
    assert (rate, exact) == (pytest.approx(0.9), False)
    exactly = toy_judge.step(second, rate)
    assert exactly == pytest.approx((0.85, -0.55, 0.85, -0.55))
    assert toy_judge.score(exactly) == pytest.approx(toy_judge.score(third))
    assert max(abs(a - b) for a, b in zip(exactly, third, strict=True)) == pytest.approx(
        0.05
    )  # a rounding to one decimal


def test_the_page_is_told_so():
    texts = [entry["text"] for entry in toy_judge.worked_example()]
    assert "rate 0.4" in texts[1] and "an exact gradient step" in texts[1]
    assert (
        "not an exact gradient step" in texts[2]
        and "[0.85, −0.55, 0.85, −0.55]" in texts[2]
        and "0.4, the right ones by −0.5" in texts[2]
    )


def test_the_range_bounds_the_score_and_not_realism():
    last = toy_judge.ascend(toy_judge.START, 0.4, 30, "range")[-1]
    assert last == (1.0, 0.0, 1.0, 0.0) and toy_judge.score(last) == 1.0
    assert toy_judge.realism(last) < 0.05


def test_a_projection_ends_on_the_natural_picture_that_scores_best():
    last = toy_judge.ascend(toy_judge.START, 0.4, 30, "natural", 1.0)[-1]
    best = max(toy_judge.NATURAL_PICTURES, key=lambda name: toy_judge.score(toy_judge.NATURAL_PICTURES[name]))
    assert toy_judge.nearest(last) == best and toy_judge.realism(last) == pytest.approx(1.0)


def test_a_weaker_pull_leans_out_of_the_natural_pictures_by_a_known_amount():
    rate = 0.1
    strength = 0.5
    last = toy_judge.ascend(toy_judge.START, rate, 200, "natural", strength)[-1]
    lean = (1 - strength) / strength * rate  # the fixed point of p = q + s (n − q), q = p + r g
    goal = [
        n + lean * g
        for n, g in zip(toy_judge.NATURAL_PICTURES[toy_judge.nearest(last)], toy_judge.GRADIENT, strict=True)
    ]
    assert last == pytest.approx(goal, abs=1e-9)


def test_without_strength_the_pull_is_no_prior():
    assert toy_judge.ascend(toy_judge.START, 0.4, 5, "natural", 0.0) == toy_judge.ascend(
        toy_judge.START, 0.4, 5
    )


def test_realism_is_one_on_every_natural_picture_and_a_half_at_its_distance():
    assert {toy_judge.realism(picture) for picture in toy_judge.NATURAL_PICTURES.values()} == {1.0}
    fog = toy_judge.NATURAL_PICTURES["fog"]
    away = tuple(
        value + toy_judge.HALF_DISTANCE * sign for value, sign in zip(fog, (1, -1, -1, 1), strict=True)
    )
    assert toy_judge.nearest(away) == "fog" and toy_judge.realism(away) == pytest.approx(0.5)


def test_natural_pictures_can_be_shown_and_none_is_striped():
    for picture in toy_judge.NATURAL_PICTURES.values():
        assert all(0 <= value <= 1 for value in picture) and abs(toy_judge.score(picture)) <= 0.3 + 1e-9
