"""The demonstration firm: a dealer of climate equipment with people, clients, leads, orders and a past of calls.

Made once, from a fixed seed, so that everybody's demonstration is the same; only the dates are near today's.
"""

from svyaz.project.demo.firm import create_demo_firm

__all__ = ["create_demo_firm"]
