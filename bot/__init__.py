"""A question-answering bot over dated, sourced facts."""
