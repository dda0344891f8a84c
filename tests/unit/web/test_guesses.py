"""Wrong tries: counted by address and in all, forgotten after a minute."""

from bot.web.guesses import Guesses


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_may_be_wrong_so_often_in_a_minute() -> None:
    time = Time()
    guesses = Guesses(time, each=3, all_=100)
    assert [guesses.wrong("a") for _ in range(3)] == [0, 0, 0]
    time.now = 20.0
    assert guesses.wrong("a") == 40
    assert guesses.wrong("b") == 0, "another address is another's business"


def test_after_a_minute_it_begins_anew() -> None:
    """What is refused is not counted, so that waiting as long as one was told is enough."""
    time = Time()
    guesses = Guesses(time, each=2, all_=100)
    waits = [guesses.wrong("a") for _ in range(50)]
    time.now = float(max(waits))
    assert guesses.wrong("a") == 0


def test_many_addresses_together_are_limited_and_cost_no_memory() -> None:
    guesses = Guesses(Time(), each=3, all_=10)
    answers = [guesses.wrong(f"10.0.0.{n}") for n in range(1000)]
    assert answers[:10] == [0] * 10
    assert all(answers[10:])
    assert len(guesses._of) == 10
