package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/hashicorp/go-msgpack/v2/codec"
)

// The codec as memberlist calls it, on structs of the same shape as its own.

type aliveMessage struct {
	Incarnation uint32
	Node        string
	Addr        []byte
	Port        uint16
	Meta        []byte
	Vsn         []uint8
}

type pingMessage struct {
	SeqNo      uint32
	Node       string
	SourceAddr []byte
	SourcePort uint16
	SourceNode string
}

func median(run func()) float64 {
	const calls, rounds = 20000, 15
	times := make([]float64, 0, rounds)
	for r := 0; r < rounds+3; r++ {
		start := time.Now()
		for i := 0; i < calls; i++ {
			run()
		}
		if r >= 3 {
			times = append(times, float64(time.Since(start).Nanoseconds())/calls)
		}
	}
	sort.Float64s(times)
	return times[rounds/2]
}

func decodeTo(text string, out any) func() {
	raw, _ := hex.DecodeString(text)
	return func() {
		handle := codec.MsgpackHandle{}
		if err := codec.NewDecoder(bytes.NewReader(raw[1:]), &handle).Decode(out); err != nil {
			panic(err)
		}
	}
}

func encodeOf(kind byte, in any) func() {
	return func() {
		buf := bytes.NewBuffer(nil)
		buf.WriteByte(kind)
		handle := codec.MsgpackHandle{}
		if err := codec.NewEncoder(buf, &handle).Encode(in); err != nil {
			panic(err)
		}
	}
}

// benchCodec takes a ping and an alive message in hex and prints medians in nanoseconds.
func benchCodec() {
	var ping pingMessage
	var alive aliveMessage
	result := map[string]float64{
		"decode ping":  median(decodeTo(os.Args[2], &ping)),
		"decode alive": median(decodeTo(os.Args[3], &alive)),
	}
	result["encode ping"] = median(encodeOf(0, &ping))
	result["encode alive"] = median(encodeOf(4, &alive))
	text, _ := json.Marshal(result)
	fmt.Println(string(text))
}
