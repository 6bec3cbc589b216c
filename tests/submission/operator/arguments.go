package sparkapplication

// SubmitArguments opens the operator's own function to a program beside it.
var SubmitArguments = buildSparkSubmitArgs
