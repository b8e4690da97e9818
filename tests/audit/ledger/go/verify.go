// Checks a checkpoint, an inclusion proof and a consistency proof with golang.org/x/mod/sumdb, the code that
// guards the Go checksum database. Reads one JSON object from standard input, prints "ok" or what failed.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	VKey        string
	Note        string
	Older       string
	Index       int64
	Envelope    string
	Inclusion   []string
	Consistency []string
}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		fail("input", err)
	}
	verifier, err := note.NewVerifier(in.VKey)
	if err != nil {
		fail("vkey", err)
	}
	size, root := open(in.Note, verifier)
	oldSize, oldRoot := open(in.Older, verifier)
	envelope, err := base64.StdEncoding.DecodeString(in.Envelope)
	if err != nil {
		fail("envelope", err)
	}
	if err := tlog.CheckRecord(hashes(in.Inclusion), size, root, in.Index, tlog.RecordHash(envelope)); err != nil {
		fail("inclusion", err)
	}
	if err := tlog.CheckTree(hashes(in.Consistency), size, root, oldSize, oldRoot); err != nil {
		fail("consistency", err)
	}
	fmt.Println("ok")
}

// open checks the signature and reads the three lines; tlog.ParseTree knows one fixed header only.
func open(text string, verifier note.Verifier) (int64, tlog.Hash) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		fail("note", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() || len(lines) != 4 {
		fail("checkpoint", fmt.Errorf("unexpected lines %q", lines))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root", err)
	}
	return size, root
}

func hashes(texts []string) []tlog.Hash {
	var found []tlog.Hash
	for _, text := range texts {
		value, err := tlog.ParseHash(text)
		if err != nil {
			fail("hash", err)
		}
		found = append(found, value)
	}
	return found
}

func fail(what string, err error) {
	fmt.Printf("%s: %v\n", what, err)
	os.Exit(1)
}
