"""What tests of the recorder share."""
from __future__ import annotations

import pytest

import flambeau as torch
from flambeau import runtime
from flambeau.core import events, graph


@pytest.fixture
def both_ways(monkeypatch):
    """A function that calls another one twice, with events matched and without any, interpreted so that bits may be compared; both results."""
    monkeypatch.setattr(runtime, "INTERPRET", True)
    begin = events.begin

    def begin_without_events(trace):
        begin(trace)
        trace.cursor, trace.reached, trace.next = None, None, graph.NO_EVENT

    def call(function):
        found = []
        for how in (begin, begin_without_events):
            monkeypatch.setattr(graph, "_begin", how)
            torch.run_pending()
            graph.current_trace().begin()
            found.append(function())
        return found
    yield call
    monkeypatch.setattr(graph, "_begin", begin)
    graph.current_trace().begin()
