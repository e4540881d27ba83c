"""Another model table or another price: what the recorded tokens would have cost."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from muster.analysis.human import HumanCost
from muster.ledger.events import ModelCallBatched, ModelCallIntended, ModelCallSettled
from muster.models.errors import UnknownModelRoleError
from muster.models.prices import cost_usd
from muster.models.table import ModelTable, OwnPrice
from muster.models.usage import TokenUsage
from muster.whatif.errors import NeverRanError, SettingError
from muster.whatif.forecast import Changed, Forecast, affected_tasks
from muster.whatif.past import Past
from muster.whatif.recorded import Recorded

_DEAREST = 1_000_000
"""US dollars a million tokens, which is a dollar a token."""
_SHAPE = "write MODEL=INPUT,OUTPUT or MODEL=INPUT,OUTPUT,CACHE_READ,CACHE_WRITE, in USD a million tokens"


@dataclass(frozen=True, slots=True)
class Priced:
    """An answered model call, and the table it was priced by."""

    entry: Recorded
    intended: ModelCallIntended
    usage: TokenUsage
    batched: bool
    table: ModelTable

    @property
    def model(self) -> str:
        """The model that answered."""
        return self.intended.model

    @property
    def cost_usd(self) -> Decimal:
        """US dollars by the table of its time.

        Raises:
            UnpricedModelError: the model has no price any more.
        """
        return cost_usd(self.table, self.model, self.usage, batched=self.batched)


Reprice = Callable[[Priced], Decimal]


def priced_calls(past: Past) -> Iterator[Priced]:
    """The answered model calls of the tasks in question whose model table the record keeps."""
    intents: dict[str, tuple[Recorded, ModelCallIntended]] = {}
    batched: set[str] = set()
    for entry in past.model_calls:
        match entry.event:
            case ModelCallIntended() as intended:
                intents[entry.event_id] = entry, intended
            case ModelCallBatched(intent_id=intent_id):
                batched.add(intent_id)
            case ModelCallSettled(status="ok", intent_id=str(intent_id)) as settled:
                known = intents.get(intent_id)
                if known is None or entry.task_id not in past.task_ids:
                    continue
                table = past.in_force.model_table(known[1].policy)
                if table is not None:
                    usage = TokenUsage(
                        settled.input_tokens,
                        settled.output_tokens,
                        settled.cache_read_input_tokens,
                        settled.cache_creation_input_tokens,
                    )
                    yield Priced(entry, known[1], usage, intent_id in batched, table)
            case _:
                pass


def under_models(past: Past, table: ModelTable, human: HumanCost, name: str) -> Forecast:
    """Roles are served by the models of another table, at its prices.

    Args:
        name: of the file, for the reader.

    Raises:
        SettingError: the table lacks a role that did work.
        UnpricedModelError: one of its models has no known price.
    """

    def reprice(call: Priced) -> Decimal:
        try:
            choice = table.choice(call.intended.role)
        except UnknownModelRoleError as error:
            raise SettingError(error.what, where=name, do=f"add the role {call.intended.role}") from error
        stands_in = call.intended.fallback_of is not None and choice.fallback is not None
        model = choice.fallback if stands_in and choice.fallback else choice.model
        batched = call.batched and choice.batch
        return cost_usd(table, model, call.usage, batched=batched)

    return _forecast(past, f"models are chosen and priced by {name}", reprice, human, another_model=True)


def under_price(past: Past, text: str, human: HumanCost) -> Forecast:
    """One model has another price.

    Args:
        text: `MODEL=INPUT,OUTPUT[,CACHE_READ,CACHE_WRITE]`, US dollars a million tokens.

    Raises:
        SettingError: it is written otherwise, or a price is negative.
        NeverRanError: the model answered nothing in the period.
    """
    model, price = _price(text)
    if not any(call.model == model for call in priced_calls(past)):
        known = ", ".join(sorted({call.model for call in priced_calls(past)})) or "none"
        raise NeverRanError(
            f"{model} answered nothing in the period", where="--price", do=f"choose of {known}"
        )

    def reprice(call: Priced) -> Decimal:
        if call.model != model:
            return call.cost_usd
        table = call.table.model_copy(update={"price_per_mtok": {model: price}})
        return cost_usd(table, model, call.usage, batched=call.batched)

    words = f"a million tokens of {model} cost {price.input} USD in, {price.output} USD out"
    return _forecast(past, words, reprice, human, another_model=False)


def _price(text: str) -> tuple[str, OwnPrice]:
    model, _, figures = text.partition("=")
    try:
        amounts = [Decimal(figure.strip()) for figure in figures.split(",")]
    except InvalidOperation:
        raise SettingError(f"{text!r} is not a price", where="--price", do=_SHAPE) from None
    if not model.strip() or len(amounts) not in (2, 4):
        raise SettingError(f"{text!r} is not a price", where="--price", do=_SHAPE)
    if not all(amount.is_finite() and amount >= 0 for amount in amounts):
        raise SettingError(f"{text!r}: no price is negative", where="--price", do=_SHAPE)
    if max(amounts) > _DEAREST:
        raise SettingError(f"{text!r}: no price is above {_DEAREST:,}", where="--price", do=_SHAPE)
    # without prices of its own the cache costs what it usually does: a tenth to read, a quarter more to write
    cached = amounts[2:] or [amounts[0] / 10, amounts[0] * Decimal("1.25")]
    return model.strip(), OwnPrice(
        input=amounts[0], output=amounts[1], cache_read=cached[0], cache_write=cached[1]
    )


def _forecast(
    past: Past, change: str, reprice: Reprice, human: HumanCost, *, another_model: bool
) -> Forecast:
    calls = list(priced_calls(past))
    sound = [call for call in calls if call.cost_usd == call.entry.cost_usd]
    moved: defaultdict[str, Decimal] = defaultdict(Decimal)
    counts: defaultdict[str, int] = defaultdict(int)
    for call in sound:
        difference = reprice(call) - call.entry.cost_usd
        if difference:
            moved[call.entry.task_id or ""] += difference
            counts[call.entry.task_id or ""] += 1
    changes = [
        Changed(
            task_id=task_id,
            agent=None,
            would_be="the same work at another price",
            why=f"{counts[task_id]} of its model calls would have cost something else",
            known=not another_model,
            model_usd=difference,
            errors=None if another_model else 0,
        )
        for task_id, difference in moved.items()
    ]
    return Forecast(
        change=change,
        tasks=past.tasks,
        affected=affected_tasks(past, changes, human),
        decisions=len(calls),
        reproduced=len(sound),
        unknown=_UNKNOWN_OF_MODELS if another_model else _UNKNOWN_OF_PRICES,
    )


_UNKNOWN_OF_MODELS = (
    "Only price times recorded tokens is known: what another model answers, how many tokens it needs for the "
    "same text and how often it is right is not in the record; compare prompts and models on golden sets.",
    "What would have been cached or batched is taken as it was.",
    "That other prices use up budgets sooner or later is not counted.",
)
_UNKNOWN_OF_PRICES = ("That other prices use up budgets sooner or later is not counted.",)
