"""The demo county 岚汀县: invented people and places with three months of real work behind them."""

from web.demo.loader import DemoSummary, load_demo

__all__ = ["DemoSummary", "load_demo"]
