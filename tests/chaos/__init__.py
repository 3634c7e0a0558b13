"""What is promised of a bot that runs (docs/reliability.md), put to the test: real processes, broken on purpose.

`hurried` is the bot with its times made short, `wire` and `balancer` are the network about it, `scene` is a Telegram
with bots on it, `crowd` writes to them and counts what comes back, `rows` are the faults, one row of the table each.

    make chaos
"""
