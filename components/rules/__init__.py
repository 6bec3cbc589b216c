"""Guard rules: what no resource of any stack may be like, whoever wrote it. Pure.

A rule looks at plain properties, in camelCase as the engine sees them. Constructors call the same functions
with what they are about to make (`model.enforce`), and the policy pack in `policy/` with what is about to
land: the pack also sees what charts and remote components make.
"""
