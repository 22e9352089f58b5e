"""The folder: when an answer is taken, and when it is not yet one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from evolve.inbox import InboxError, InboxFolder

QUIET = 0.15


@pytest.fixture
def folder(tmp_path: Path):
    opened = InboxFolder(tmp_path / "inbox", QUIET).open()
    yield opened
    opened.close()


def looks(folder: InboxFolder, number: int, seconds: float) -> str | None:
    """What is found within some time."""
    until = time.monotonic() + seconds
    while (found := folder.answer(number)) is None and time.monotonic() < until:
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("suffix", [".md", ".txt"])
def test_an_answer_is_taken_once_it_is_quiet(folder: InboxFolder, suffix: str) -> None:
    (folder.path / f"000003.answer{suffix}").write_text("whole")
    assert folder.answer(3) is None
    assert looks(folder, 3, 5) == "whole"
    assert looks(folder, 4, 0) is None


def test_what_is_open_for_writing_is_not_taken(folder: InboxFolder) -> None:
    with (folder.path / "000001.answer.md").open("w") as file:
        file.write("ha")
        file.flush()
        assert looks(folder, 1, 4 * QUIET) is None
        file.write("lf")
    assert looks(folder, 1, 5) == "half"


def test_what_still_changes_is_not_taken(folder: InboxFolder) -> None:
    path = folder.path / "000001.answer.md"
    for length in range(1, 6):
        path.write_text("x" * length)
        assert looks(folder, 1, QUIET / 3) is None
    assert looks(folder, 1, 5) == "xxxxx"


@pytest.mark.parametrize("content", [b"", b" \n\t\n"])
def test_nothing_is_no_answer(folder: InboxFolder, content: bytes) -> None:
    (folder.path / "000001.answer.md").write_bytes(content)
    assert looks(folder, 1, 3 * QUIET) is None


def test_what_is_no_plain_file_is_no_answer(folder: InboxFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("of somebody else")
    (folder.path / "000001.answer.md").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(folder.path / "000002.answer.md")
    (folder.path / "000003.answer.md").mkdir()
    for number in (1, 2, 3):
        assert looks(folder, number, 3 * QUIET) is None


def test_bytes_that_are_no_text_do_no_harm(folder: InboxFolder) -> None:
    (folder.path / "000001.answer.md").write_bytes(b"\xef\xbb\xbfa\xffb")
    assert looks(folder, 1, 5) == "a\ufffdb"


def test_what_was_written_long_ago_is_taken_at_once(folder: InboxFolder) -> None:
    path = folder.path / "000001.answer.md"
    path.write_text("whole")
    os.utime(path, (0, 0))
    assert folder.answer(1) == "whole"
    with path.open("a"):  # unless somebody may go on writing
        assert folder.answer(1) is None
    folder.put_answer(2, "whole too")
    assert folder.answer(2) == "whole too"


def test_what_cannot_be_taken_is_told(folder: InboxFolder, tmp_path: Path) -> None:
    """After a while: while a file is being made it is empty too."""
    (folder.path / "000001.answer.md").write_text(" \n")
    (folder.path / "000002.answer.txt").write_text("x" * 1_000_001)
    (folder.path / "000003.answer.md").symlink_to(tmp_path / "gone")
    assert (folder.trouble(1), folder.trouble(4)) == ("", "")
    time.sleep(2 * QUIET)
    assert folder.trouble(1) == "000001.answer.md is empty"
    assert folder.trouble(2) == "000002.answer.txt has 1000001 bytes, of at most 1000000"
    assert folder.trouble(3) == "000003.answer.md is no plain file"
    for number in (1, 2, 3):
        assert looks(folder, number, 2 * QUIET) is None
        with pytest.raises(InboxError, match=r"has an answer already, and .* mend it or remove it"):
            folder.put_answer(number, "another")


def test_a_prompt_that_was_cut_short_is_put_there_whole(folder: InboxFolder) -> None:
    (folder.path / "000001.prompt.md").write_text("fir")
    folder.ask(1, "first")
    assert [path.name for path in folder.path.glob("*prompt*")] == ["000001.prompt.md"]
    assert (folder.path / "000001.prompt.md").read_text() == "first"


def test_numbers_are_never_used_again(folder: InboxFolder) -> None:
    assert folder.highest() == 0
    folder.ask(7, "?")
    folder.put_answer(7, "!")
    assert folder.highest() == 7
    folder.put_away(7)
    assert folder.highest() == 7
    assert sorted(path.name for path in (folder.path / "answered").iterdir()) == [
        "000007.answer.md",
        "000007.prompt.md",
    ]


def test_a_second_answer_is_refused(folder: InboxFolder) -> None:
    folder.put_answer(1, "one")
    with pytest.raises(InboxError, match=r"000001 has an answer already$"):
        folder.put_answer(1, "two")
    assert looks(folder, 1, 5) == "one"


def test_of_two_answers_at_one_moment_one_is_refused(folder: InboxFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "has_answer", lambda number: False)  # as both may find
    folder.put_answer(1, "one")
    with pytest.raises(InboxError, match=r"000001 has an answer already$"):
        folder.put_answer(1, "two")
    assert folder.answer(1) == "one"
    assert [path.name for path in folder.path.glob("*.answer.*")] == ["000001.answer.md"]


def test_two_campaigns_do_not_share_an_inbox(folder: InboxFolder) -> None:
    for attempt in (InboxFolder(folder.path).check, InboxFolder(folder.path).open):
        with pytest.raises(InboxError, match="another campaign uses this inbox"):
            attempt()
    folder.close()
    InboxFolder(folder.path).check()


def test_checking_makes_nothing(tmp_path: Path) -> None:
    InboxFolder(tmp_path / "a" / "b").check()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(InboxError, match="is no folder"):
        InboxFolder(tmp_path / "file" / "inbox").check()


def test_who_has_a_question_is_known_to_all(folder: InboxFolder) -> None:
    folder.ask(1, "?")
    assert folder.handed_out(1) == 0
    folder.hand_out(1)
    assert InboxFolder(folder.path).handed_out(1) > 0
    folder.put_away(1)
    assert folder.handed_out(1) == 0
