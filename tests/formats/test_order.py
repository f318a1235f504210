"""The order of things that read one another, against the definition."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from convmath.formats.body import circles, runnable

GRAPHS = st.integers(0, 8).flatmap(
    lambda count: st.lists(
        st.lists(st.integers(0, count - 1), max_size=3) if count else st.nothing(), min_size=count, max_size=count
    )
)


def reaches(sources, start):
    """Everything that `start` depends on, however indirectly."""
    found, left = set(), list(sources[start])
    while left:
        index = left.pop()
        if index not in found:
            found.add(index)
            left += sources[index]
    return found


@given(GRAPHS)
def test_runnable_is_all_that_depends_on_no_circle(sources):
    order = runnable(sources)
    circular = {index for index in range(len(sources)) if index in reaches(sources, index)}
    expected = {i for i in range(len(sources)) if i not in circular and not circular & reaches(sources, i)}
    assert sorted(order) == sorted(expected)
    done = set()
    for index in order:
        assert set(sources[index]) <= done
        smaller = [i for i in expected - done if i < index and set(sources[i]) <= done]
        assert smaller == []
        done.add(index)


@given(GRAPHS)
def test_circles_are_circles(sources):
    found = circles(sources)
    assert bool(found) == any(index in reaches(sources, index) for index in range(len(sources)))
    members = [index for path in found for index in path[:-1]]
    assert len(members) == len(set(members))
    for path in found:
        assert path[0] == path[-1] == min(path)
        assert all(read in sources[reader] for reader, read in pairwise(path))
