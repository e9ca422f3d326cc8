"""Ways in and out: one module for each platform or protocol; all of them end in `inbox.intake`."""
