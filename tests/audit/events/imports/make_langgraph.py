"""Makes ``langgraph.ndjson`` with the real packages: ``pip install langchain langgraph``, then run this file.

An agent with LangChain's ``HumanInTheLoopMiddleware`` on LangGraph proposes four tool calls; each interrupts, and is
resumed with another decision. One line per interrupt: the thread, what the interrupt asked (its ``value`` as it came),
and what the graph was resumed with. Who reviewed and when is the caller's to add: LangGraph records neither.
"""

import json
from pathlib import Path

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command


@tool
def pay_out(application: str, amount: int) -> str:
    """Pay a benefit out."""
    return f"paid {amount} for {application}"


class Scripted(GenericFakeChatModel):
    """A chat model that says what it is told, and takes tools."""

    def bind_tools(self, tools, **kwargs):
        return self


ANSWERS = [
    {"type": "approve"},
    {"type": "edit", "edited_action": {"name": "pay_out", "args": {"application": "B-2", "amount": 120}}},
    {"type": "reject", "message": "The income was counted twice."},
    {"type": "respond", "message": "Ask the applicant for the lease first."},
]


def interrupts():
    """Yield one line for each interrupt."""
    for number, answer in enumerate(ANSWERS, 1):
        call = {"name": "pay_out", "args": {"application": f"B-{number}", "amount": 200}, "id": f"call-{number}"}
        said = iter([AIMessage("", tool_calls=[call]), AIMessage("done")])
        allowed = ["approve", "edit", "reject", "respond"]
        agent = create_agent(
            Scripted(messages=said),
            [pay_out],
            middleware=[HumanInTheLoopMiddleware(interrupt_on={"pay_out": {"allowed_decisions": allowed}})],
            checkpointer=InMemorySaver(),
        )
        config = {"configurable": {"thread_id": f"B-{number}"}}
        stopped = agent.invoke({"messages": [("user", "Decide the application.")]}, config)
        [interrupt] = stopped["__interrupt__"]
        resume = {"decisions": [answer]}
        agent.invoke(Command(resume=resume), config)
        yield {
            "thread_id": f"B-{number}",
            "interrupt": {"id": interrupt.id, "value": interrupt.value},
            "resume": resume,
            "asked_at": f"2026-11-20T09:0{number}:00Z",
            "answered_at": f"2026-11-20T09:1{number}:00Z",
            "reviewer": "rev-7",
        }


if __name__ == "__main__":
    lines = [json.dumps(each, sort_keys=True, default=str) for each in interrupts()]
    Path(__file__).with_name("langgraph.ndjson").write_text("\n".join(lines) + "\n")
