"""What may come of a hostile file."""

from __future__ import annotations

from jail import Outcome


def check_refusal(outcome: Outcome) -> None:
    """An error in words, nothing written, nothing left."""
    assert outcome["exit_code"] in {2, 3, 4}, outcome
    assert not outcome["written"], outcome
    assert not outcome["left"], outcome
    if "signal" in outcome:
        return
    error = outcome["error"]
    assert 0 < len(error["why"]) < 1000, error
    assert 0 < len(error["fix"]) < 500, error
    assert error["fix"].endswith("."), error
    shown = "".join(error.values())
    assert "Traceback" not in shown
    # Terminals obey what is not printable; what the user wrote himself may stand there, however long.
    assert shown.isprintable() or outcome["code"] == "source-unreadable", error


def check(outcome: Outcome) -> None:
    """A refusal, or an artifact."""
    if outcome["exit_code"]:
        check_refusal(outcome)
    else:
        assert outcome["written"]
        assert not outcome["left"]
