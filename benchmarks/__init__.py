"""Speed and memory, as ratios within one run: ``make bench``. ``docs/performance.md`` says what came out."""
