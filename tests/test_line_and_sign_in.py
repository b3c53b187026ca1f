"""Many ask at once and each in turn; and where the owner wants it, only who signed in."""

import asyncio
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from rag.line import Line, Waiting
from rag.sign_in import SignIn, keep_user
from sources.errors import BadSetting

PASSWORD = "heel geheim woord"


def test_who_came_first_is_served_first_and_places_move_up() -> None:
    """At most as many at once as there are desks; one who leaves makes room, and is not served."""
    gate, served, busy, most = threading.Event(), [], [0], [0]

    def work(name: str) -> str:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        gate.wait(10)
        served.append(name)
        busy[0] -= 1
        return name

    async def scene() -> None:
        line = Line(2)
        waiting = {}
        for name in "abcdef":
            waiting[name] = line.join(lambda name=name: work(name))  # type: ignore[misc]
        await asyncio.sleep(0.05)
        assert [each.place for each in waiting.values()] == [0, 0, 1, 2, 3, 4]
        waiting["d"].leave()
        await asyncio.sleep(0.05)
        assert [waiting[name].place for name in "cef"] == [1, 2, 3]
        assert not await waiting["f"].done_within(0.01)
        gate.set()
        assert await waiting["f"].done_within(10)
        assert waiting["f"].result() == "f"
        assert waiting["f"].place == 0

    asyncio.run(scene())
    assert most[0] == 2
    assert "d" not in served
    assert served.index("c") < 4


def test_what_goes_wrong_is_told_to_the_one_whose_it_is() -> None:
    """And the desk is free again."""

    async def scene() -> None:
        line = Line(1)
        bad, good = line.join(lambda: 1 // 0), line.join(lambda: "goed")
        assert await good.done_within(10)
        assert good.result() == "goed"
        with pytest.raises(ZeroDivisionError):
            bad.result()

    asyncio.run(scene())


def test_who_leaves_a_desk_gives_it_to_the_next() -> None:
    """Though the work goes on: at most as much abandoned work as there are desks; and when all is done, it is as it was."""

    async def scene(line: Line) -> None:
        gate = threading.Event()
        abandoned = [line.join(lambda: gate.wait(10)) for _ in range(4)]
        for pair in (abandoned[:2], abandoned[2:]):
            await asyncio.sleep(0.05)
            assert [each.place for each in pair] == [0, 0]
            for each in pair:
                each.leave()
                each.leave()  # twice is once
        following = [line.join(lambda: "volgende"), line.join(lambda: "laatste")]
        await asyncio.sleep(0.05)
        assert [each.place for each in following] == [1, 2]  # two go on abandoned, and two keep their desks
        gate.set()
        everybody: list[Waiting[Any]] = [*abandoned, *following]
        assert all([await each.done_within(10) for each in everybody])
        assert [each.result() for each in following] == ["volgende", "laatste"]

    async def scenes() -> None:
        line = Line(2)
        await scene(line)
        await scene(line)

    asyncio.run(scenes())


def test_who_leaves_before_the_line_moved_is_not_served() -> None:
    """Not even where a desk was free."""
    served = []

    async def scene() -> None:
        Line(1).join(lambda: served.append(1)).leave()
        await asyncio.sleep(0.05)

    asyncio.run(scene())
    assert served == []


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy in the environment of whoever runs the tests."""
    monkeypatch.delenv("KAMERVRAAG_PROXY_HEADER", raising=False)


@pytest.mark.usefixtures("clean")
def test_a_user_is_let_in_with_the_password_only(tmp_path: Path) -> None:
    """Nothing of the password lies on the disk, and only the owner may read the rest."""
    assert not SignIn.from_environment(tmp_path)
    keep_user(tmp_path, "jansen", "eerst iets anders")
    keep_user(tmp_path, "de.vries", PASSWORD)
    keep_user(tmp_path, "jansen", PASSWORD)
    sign_in = SignIn.from_environment(tmp_path)
    assert sign_in
    assert sign_in.admits("jansen", PASSWORD)
    assert not sign_in.admits("jansen", "eerst iets anders")
    assert not sign_in.admits("niemand", "")
    kept = (tmp_path / "users.txt").read_text()
    assert PASSWORD not in kept
    assert len({line.split(":")[2] for line in kept.splitlines()}) == 2  # one password, two hashes
    assert stat.S_IMODE((tmp_path / "users.txt").stat().st_mode) == 0o600


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("name", "password"), [("", PASSWORD), ("a b", PASSWORD), ("a:b", PASSWORD), ("a\nb", PASSWORD), ("jansen", "kort")]
)
def test_a_user_who_cannot_be_kept_is_told(tmp_path: Path, name: str, password: str) -> None:
    """And nothing is written."""
    with pytest.raises(BadSetting):
        keep_user(tmp_path, name, password)
    assert not (tmp_path / "users.txt").exists()


@pytest.mark.usefixtures("clean")
def test_a_damaged_list_of_users_lets_nobody_in(tmp_path: Path) -> None:
    """It is told with the file to look at, instead of serving to all."""
    (tmp_path / "users.txt").write_text("jansen\n")
    with pytest.raises(BadSetting, match=r"users\.txt"):
        SignIn.from_environment(tmp_path)


def test_a_proxy_says_who_it_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its header, whatever its case; without it nobody is."""
    monkeypatch.setenv("KAMERVRAAG_PROXY_HEADER", "X-Forwarded-User")
    sign_in = SignIn.from_environment(tmp_path)

    def request(*headers: tuple[bytes, bytes]) -> Request:
        return Request({"type": "http", "method": "GET", "path": "/", "headers": list(headers)})

    assert sign_in.behind_proxy(request((b"x-forwarded-user", b"jansen"))) == "jansen"
    assert sign_in.lets_in(request((b"x-forwarded-user", b"jansen")))
    assert not sign_in.lets_in(request())
    assert not sign_in.lets_in(request((b"x-forwarded-user", b"")))
    assert not sign_in.lets_in(request((b"authorization", b"Basic amFuc2VuOng=")))
