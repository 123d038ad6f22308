"""The one cron dialect: what a spec may write, and when that is. Spec, plan, clouds and the local clock mean the same.

Five fields, as crontab(5) of POSIX and Vixie has them: minute, hour, day of month, month, day of week. Each is `*`, a
number, a name (`JAN`, `MON`), a range `a-b`, a list of those with commas, and any of them but a single number with a
step: `*/15`, `10-40/5`. Sunday is 0 or 7. Where both days are restricted, either is enough.

In a time zone, a time that the clock skips in spring is skipped, and one that it shows twice in autumn is taken once,
the first time: as EventBridge Scheduler does (docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
HORIZON = 366 * 9
"""Days in which the next time must lie: 29 February comes at least every eight years."""


class Cron:
    """A cron expression: the sets of each field. `any_day` and `any_weekday` say which of both was a star."""

    __slots__ = ("any_day", "any_weekday", "days", "hours", "minutes", "months", "text", "weekdays")

    def __init__(self, text: str, sets: list[frozenset[int]], any_day: bool, any_weekday: bool) -> None:
        self.text = text
        self.minutes, self.hours, self.days, self.months = sets[:4]
        self.weekdays = frozenset(day % 7 for day in sets[4])
        """0 is Sunday."""
        self.any_day = any_day
        self.any_weekday = any_weekday

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cron) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Cron({self.text!r})"

    @property
    def either_day(self) -> bool:
        """Whether both days are restricted, so that either is enough."""
        return not self.any_day and not self.any_weekday

    def matches(self, local: datetime) -> bool:
        """Whether it is due in the minute of that local time."""
        return local.minute in self.minutes and local.hour in self.hours and self.matches_day(local)

    def matches_day(self, local: datetime) -> bool:
        """Whether it is due on that local day at all."""
        if local.month not in self.months:
            return False
        by_date, by_weekday = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        return by_date or by_weekday if self.either_day else by_date and by_weekday

    def due(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether it is due in the minute of that moment, in a time zone: not in the second of two equal hours."""
        local = moment.astimezone(zone)
        return local.fold == 0 and self.matches(local)

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The next time after a moment, in UTC; None where there is none within nine years."""
        local = moment.astimezone(zone).replace(tzinfo=None)
        day = datetime(local.year, local.month, local.day)
        for _ in range(HORIZON):
            if self.matches_day(day):
                for found in self._times(day, zone):
                    if found > moment:
                        return found
            try:
                day += timedelta(days=1)
            except OverflowError:
                return None
        return None

    def _times(self, day: datetime, zone: tzinfo) -> list[datetime]:
        """The times of a day, in order, without those that the clock skips."""
        found = []
        for hour in self.hours:
            for minute in self.minutes:
                local = day.replace(hour=hour, minute=minute, tzinfo=zone)
                moment = local.astimezone(UTC)
                if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    found.append(moment)
        return sorted(found)


def parse(text: str) -> Cron:
    """The expression. Raises ValueError, which says what is wrong, where it is none, or is never due."""
    words = text.upper().split()
    if len(words) != 5:
        raise ValueError(f"{text!r} has {len(words)} fields, not 5: minute, hour, day of month, month, day of week")
    sets = [_field(word, *field) for word, field in zip(words, FIELDS, strict=True)]
    cron = Cron(" ".join(words), sets, words[2] == "*", words[4] == "*")
    if cron.any_weekday and not any(min(cron.days) <= _LONGEST[month - 1] for month in cron.months):
        raise ValueError(f"{text!r} is never due: none of its months has such a day")
    return cron


def _field(word: str, name: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        span, slash, step_text = part.partition("/")
        step = _number(step_text, f"the step of the {name}") if slash else 1
        if step < 1:
            raise ValueError(f"the step of the {name} must be at least 1, not {step_text!r}")
        if span == "*":
            first, last = low, 6 if name == "day of week" else high
        elif "-" in span:
            first_text, _, last_text = span.partition("-")
            first, last = _value(first_text, name, low, high), _value(last_text, name, low, high)
            if first > last:
                raise ValueError(f"the {name} {span!r} ends before it starts: write two ranges with a comma between")
        elif slash:
            raise ValueError(f"the {name} {part!r} has a step but no range: write {span}-{high}/{step_text}")
        else:
            first = last = _value(span, name, low, high)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _value(text: str, name: str, low: int, high: int) -> int:
    names = MONTHS if name == "month" else DAYS if name == "day of week" else ()
    if text in names:
        return names.index(text) + low
    value = _number(text, f"the {name}")
    if not low <= value <= high:
        raise ValueError(f"the {name} {text!r} is not within {low} to {high}")
    return value


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 4:
        raise ValueError(f"{what} {text!r} is no number, '*', range or list of those (L, W, # and ? are not taken)")
    return int(text)
