"""Why a run failed, in one sentence: facts with their sources, and rules as data over them. Pure."""
