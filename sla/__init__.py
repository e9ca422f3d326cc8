"""The clock: working-day calendar, limits, policies, deadlines and the sweep.

Where what is:

- `holidays`, `hours`, `calendar`: notices, office hours, and the calendar made of them
- `limits`, `course`, `timeline`, `explanation`: when a limit falls due, and why
- `policy`, `policies`: which limits a case has
- `deadlines`, `pauses`, `terms`, `sweep`, `views`: the clocks of cases, what the sweep marks, what people see
- `calendar_editing`, `policy_editing`, `recompute`, `audit`: changes with their preview, checks
- `notices/`, `policies/`: the shipped data; `defaults` loads it

Boundaries, each with a test in tests/sla/test_calendar.py:

- Due exactly now is on time; a microsecond later is overdue.
- Nwd: the day of receipt is never counted, whatever the hour; due when offices close on the Nth working day after.
- Nwh, Nwmin: from receipt, or the next opening if received while closed; what is used up exactly at closing time
  is due then, not at the next opening.
- Nh, Nmin: elapsed time, through nights, weekends and holidays.
- Nd, Nmo: the day of receipt is not counted; due at closing time of the last day, or of the next working day if
  that is a day off. A month ends on the same day number or on the last day of the month (民法典 §201–203).
- "@open": what arrives while offices are closed is treated as received when they open.
- A pause that begins exactly when a deadline is due changes nothing; one on the day of receipt does not move a
  limit in days, because that day is not counted.
- A year without a national notice is provisional: weekends and the days off fixed by law count as off, make-up days
  cannot be foreseen, every deadline that reaches into it says so.
"""
