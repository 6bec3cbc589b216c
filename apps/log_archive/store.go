package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// store is the part of a bucket below a prefix.
type store struct {
	client *s3.Client
	bucket string
	prefix string
}

// object is a stored object; its key has no prefix.
type object struct {
	key      string
	size     int64
	modified time.Time
}

func newStore(ctx context.Context) (*store, error) {
	values := map[string]string{}
	for _, name := range []string{"LOGS_BUCKET", "LOGS_PREFIX", "AWS_REGION"} {
		if values[name] = os.Getenv(name); values[name] == "" {
			return nil, fmt.Errorf("%s is not set; say where the logs are", name)
		}
	}
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(loaded, func(options *s3.Options) {
		if endpoint := os.Getenv("LOGS_ENDPOINT"); endpoint != "" {
			options.BaseEndpoint = aws.String(endpoint)
			options.UsePathStyle = true
		}
	})
	return &store{client: client, bucket: values["LOGS_BUCKET"], prefix: values["LOGS_PREFIX"] + "/"}, nil
}

// folders lists the names one level below a folder; the folder ends with a slash, or is empty.
func (stored *store) folders(ctx context.Context, folder string) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(stored.client, &s3.ListObjectsV2Input{
		Bucket: &stored.bucket, Prefix: aws.String(stored.prefix + folder), Delimiter: aws.String("/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, each := range page.CommonPrefixes {
			name := strings.TrimPrefix(aws.ToString(each.Prefix), stored.prefix+folder)
			names = append(names, strings.TrimSuffix(name, "/"))
		}
	}
	return names, nil
}

// each calls back with every page of objects below a folder, in the order of their keys.
func (stored *store) each(ctx context.Context, folder string, use func([]object) error) error {
	pages := s3.NewListObjectsV2Paginator(stored.client, &s3.ListObjectsV2Input{
		Bucket: &stored.bucket, Prefix: aws.String(stored.prefix + folder),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		found := make([]object, 0, len(page.Contents))
		for _, one := range page.Contents {
			found = append(found, object{
				key:      strings.TrimPrefix(aws.ToString(one.Key), stored.prefix),
				size:     aws.ToInt64(one.Size),
				modified: aws.ToTime(one.LastModified),
			})
		}
		if err := use(found); err != nil {
			return err
		}
	}
	return nil
}

// objects lists everything below a folder.
func (stored *store) objects(ctx context.Context, folder string) ([]object, error) {
	var all []object
	err := stored.each(ctx, folder, func(found []object) error {
		all = append(all, found...)
		return nil
	})
	return all, err
}

// first is the object with the lowest key below a folder, or nil.
func (stored *store) first(ctx context.Context, folder string) (*object, error) {
	page, err := stored.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket: &stored.bucket, Prefix: aws.String(stored.prefix + folder), MaxKeys: aws.Int32(1),
	})
	if err != nil || len(page.Contents) == 0 {
		return nil, err
	}
	return &object{key: folder, modified: aws.ToTime(page.Contents[0].LastModified)}, nil
}

// unpack hands an object's text to what reads it.
func (stored *store) unpack(ctx context.Context, key string, read func(io.Reader) error) error {
	got, err := stored.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &stored.bucket, Key: aws.String(stored.prefix + key),
	})
	if err != nil {
		return err
	}
	defer got.Body.Close()
	unpacked, err := gzip.NewReader(got.Body)
	if err != nil {
		return err
	}
	return read(unpacked)
}

// copyTo unpacks an object into a writer.
func (stored *store) copyTo(ctx context.Context, target io.Writer, key string) error {
	return stored.unpack(ctx, key, func(text io.Reader) error {
		// What is shown was written by the platform's own collector in chunks of some megabytes.
		_, err := io.Copy(target, text)
		return err
	})
}

// remove deletes objects; one call takes no more than a list's page holds.
func (stored *store) remove(ctx context.Context, keys []string) error {
	named := make([]types.ObjectIdentifier, len(keys))
	for at, key := range keys {
		named[at] = types.ObjectIdentifier{Key: aws.String(stored.prefix + key)}
	}
	done, err := stored.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &stored.bucket, Delete: &types.Delete{Objects: named, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return err
	}
	if len(done.Errors) > 0 {
		worst := done.Errors[0]
		return fmt.Errorf("%d objects could not be deleted; %s: %s", len(done.Errors),
			aws.ToString(worst.Key), aws.ToString(worst.Message))
	}
	return nil
}
