package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// sourceFile is the attribute of a line that names the file it was read from.
const sourceFile = "log.file.path"

// unknown stands in a key for a resource attribute that a line's pod did not have.
const unknown = "unknown"

var unsafe = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// archiveConfig says where lines go.
type archiveConfig struct {
	// Bucket of the objects.
	Bucket string `mapstructure:"bucket"`
	// Prefix of every key, without a slash at its end.
	Prefix string `mapstructure:"prefix"`
	// Region that requests are signed for.
	Region string `mapstructure:"region"`
	// Endpoint of an S3 server that is not AWS; its buckets are addressed by path.
	Endpoint string `mapstructure:"endpoint"`
	// KeyAttributes are the resource attributes that make a key, in order; `a|b` takes b where a is missing.
	KeyAttributes []string `mapstructure:"key_attributes"`

	Timeout exporterhelper.TimeoutConfig                             `mapstructure:",squash"`
	Retry   configretry.BackOffConfig                                `mapstructure:"retry_on_failure"`
	Queue   configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
}

// Validate refuses what would put lines nowhere, or all into one object.
func (config *archiveConfig) Validate() error {
	var problems []error
	for name, value := range map[string]string{
		"bucket": config.Bucket, "prefix": config.Prefix, "region": config.Region,
	} {
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is empty; write one", name))
		}
	}
	if len(config.KeyAttributes) == 0 {
		problems = append(problems, errors.New("key_attributes is empty; name the attributes that make a key"))
	}
	return errors.Join(problems...)
}

func newArchiveFactory() exporter.Factory {
	return exporter.NewFactory(
		component.MustNewType("s3archive"),
		func() component.Config {
			return &archiveConfig{
				Timeout: exporterhelper.NewDefaultTimeoutConfig(),
				Retry:   configretry.NewDefaultBackOffConfig(),
				Queue:   configoptional.Default(exporterhelper.NewDefaultQueueConfig()),
			}
		},
		exporter.WithLogs(newArchive, component.StabilityLevelStable),
	)
}

// archive writes the lines of each container into objects of their own.
type archive struct {
	config *archiveConfig
	client *s3.Client
}

func newArchive(ctx context.Context, set exporter.Settings, made component.Config) (exporter.Logs, error) {
	config := made.(*archiveConfig)
	sink := &archive{config: config}
	return exporterhelper.NewLogs(
		ctx, set, made, sink.store,
		exporterhelper.WithStart(sink.start),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithTimeout(config.Timeout),
		exporterhelper.WithRetry(config.Retry),
		exporterhelper.WithQueue(config.Queue),
	)
}

// start makes the client; its key comes from the environment or from the cloud's pod identity.
func (sink *archive) start(ctx context.Context, _ component.Host) error {
	loaded, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(sink.config.Region))
	if err != nil {
		return err
	}
	sink.client = s3.NewFromConfig(loaded, func(options *s3.Options) {
		if sink.config.Endpoint != "" {
			options.BaseEndpoint = aws.String(sink.config.Endpoint)
			options.UsePathStyle = true
		}
	})
	return nil
}

// store puts one object for each file of a container that has lines among the logs.
//
// A key and its content follow from the lines alone, so that lines which are sent again after a failure
// replace their object and never stand in two.
func (sink *archive) store(ctx context.Context, logs plog.Logs) error {
	for from, lines := range gather(logs, sink.config.KeyAttributes) {
		packed, err := lines.pack()
		if err != nil {
			return err
		}
		key := strings.Join([]string{sink.config.Prefix, from.folder, lines.name()}, "/")
		if _, err = sink.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket:          aws.String(sink.config.Bucket),
			Key:             aws.String(key),
			Body:            bytes.NewReader(packed),
			ContentType:     aws.String("text/plain; charset=utf-8"),
			ContentEncoding: aws.String("gzip"),
		}); err != nil {
			return fmt.Errorf("storing %s/%s: %w", sink.config.Bucket, key, err)
		}
	}
	return nil
}

// source is where lines come from: the files of a container are read side by side after a rest, and each is of a
// time of its own, so that the names of their objects put them in order.
type source struct {
	folder, file string
}

// part is what a file had between two turns: a kubelet gives a file another name and begins one of the old name, so
// that lines of one name may be older and younger than those of another.
type part struct {
	source
	turns int
}

// chunk is what stood in one file for a while.
type chunk struct {
	first pcommon.Timestamp
	text  bytes.Buffer
}

// gather sorts lines by where they come from; those of one file keep their order.
func gather(logs plog.Logs, attributes []string) map[part]*chunk {
	begins := map[string]map[string]pcommon.Timestamp{}
	each(logs, attributes, func(from source, record plog.LogRecord) {
		files := begins[from.folder]
		if files == nil {
			files = map[string]pcommon.Timestamp{}
			begins[from.folder] = files
		}
		if _, known := files[from.file]; !known {
			files[from.file] = record.Timestamp()
		}
	})
	chunks, turns := map[part]*chunk{}, map[source]int{}
	each(logs, attributes, func(from source, record plog.LogRecord) {
		// Lines of two streams may be some microseconds out of order: a file goes on where it was.
		turns[from] = max(turns[from], before(begins[from.folder], from.file, record.Timestamp()))
		where := part{from, turns[from]}
		lines := chunks[where]
		if lines == nil {
			lines = &chunk{first: record.Timestamp()}
			chunks[where] = lines
		}
		lines.text.WriteString(record.Body().AsString())
		lines.text.WriteByte('\n')
	})
	return chunks
}

// before counts the other files of a container that begin earlier.
func before(begins map[string]pcommon.Timestamp, file string, at pcommon.Timestamp) int {
	count := 0
	for other, begin := range begins {
		if other != file && begin < at {
			count++
		}
	}
	return count
}

// each hands on all lines with where they come from.
func each(logs plog.Logs, attributes []string, use func(source, plog.LogRecord)) {
	for _, resource := range logs.ResourceLogs().All() {
		folder := folderOf(resource.Resource().Attributes(), attributes)
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				from := source{folder: folder}
				if file, found := record.Attributes().Get(sourceFile); found {
					from.file = file.AsString()
				}
				use(from, record)
			}
		}
	}
}

// folderOf makes the middle of a key. No value can leave its place: what is no plain name is replaced.
func folderOf(values pcommon.Map, attributes []string) string {
	parts := make([]string, len(attributes))
	for at, alternatives := range attributes {
		parts[at] = unknown
		for attribute := range strings.SplitSeq(alternatives, "|") {
			value, found := values.Get(attribute)
			if !found {
				continue
			}
			if name := unsafe.ReplaceAllString(value.AsString(), "_"); strings.Trim(name, ".") != "" {
				parts[at] = name
				break
			}
		}
	}
	return strings.Join(parts, "/")
}

// name sorts by the time of the first line; the hash tells two apart that begin in the same nanosecond.
func (lines *chunk) name() string {
	hash := sha256.Sum256(lines.text.Bytes())
	at := lines.first.AsTime().UTC().Format("20060102T150405.000000000Z")
	return fmt.Sprintf("%s-%s.log.gz", at, hex.EncodeToString(hash[:4]))
}

func (lines *chunk) pack() ([]byte, error) {
	var packed bytes.Buffer
	// The file's own time stays empty, so that equal lines give equal bytes.
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(lines.text.Bytes()); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
