"""A model of ends of turn: it hears how somebody stopped, and says whether more is to come."""
