// Reads jobs, one a line as JSON; writes the arguments that the operator would run spark-submit with.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/kubeflow/spark-operator/v2/api/v1beta2"
	"github.com/kubeflow/spark-operator/v2/internal/controller/sparkapplication"
)

type answer struct {
	Arguments []string `json:"arguments"`
	Error     string   `json:"error"`
}

func application(line []byte) (v1beta2.SparkApplication, error) {
	var scheduled v1beta2.ScheduledSparkApplication
	var single v1beta2.SparkApplication
	if err := json.Unmarshal(line, &single); err != nil {
		return single, err
	}
	if single.Kind != "ScheduledSparkApplication" {
		return single, nil
	}
	// As ScheduledSparkApplication's controller makes a run (createSparkApplication), without its name's time.
	err := json.Unmarshal(line, &scheduled)
	single.Spec = scheduled.Spec.Template
	return single, err
}

func submit(line []byte) answer {
	job, err := application(line)
	if err != nil {
		return answer{Error: "decoding: " + err.Error()}
	}
	job.Status.SubmissionID = os.Args[1]
	arguments, err := sparkapplication.SubmitArguments(&job)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Arguments: arguments}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	output := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := output.Encode(submit(lines.Bytes())); err != nil {
			panic(err)
		}
	}
}
