"""What stays loaded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.memory import Memory


class Holder:
    def __init__(self, memory):
        self.held = {}
        self.memory = memory

    def need(self, name, size):
        if name not in self.held:
            self.memory.make_room(self, name, size)
            self.held[name] = size
        self.memory.use(self, name)

    def release(self, name):
        del self.held[name]


def test_what_was_used_longest_ago_makes_room():
    holder = Holder(Memory(10))
    for name in ("a", "b", "a", "c"):
        holder.need(name, 5)
    assert set(holder.held) == {"a", "c"}


def test_what_is_needed_is_held_even_if_it_is_too_much():
    holder = Holder(Memory(10))
    holder.need("small", 1)
    holder.need("huge", 50)
    assert set(holder.held) == {"huge"}


def test_what_was_given_back_counts_no_more():
    memory = Memory(10)
    holder = Holder(memory)
    holder.need("a", 5)
    holder.need("b", 5)
    holder.release("a")
    memory.forget(holder, "a")
    holder.need("c", 5)
    assert set(holder.held) == {"b", "c"}


def test_what_comes_in_pieces_is_counted_whole():
    memory = Memory(10)
    holder = Holder(memory)
    holder.need("old", 3)
    for _ in range(3):
        memory.make_room(holder, "new", 3)
    assert not holder.held


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 12)), max_size=40))
def test_holders_share_one_limit(needs):
    memory = Memory(20)
    holders = Holder(memory), Holder(memory)
    for index, size in needs:
        holders[index].need(f"of {size}", size)
        assert sum(sum(holder.held.values()) for holder in holders) <= 20
        assert f"of {size}" in holders[index].held
