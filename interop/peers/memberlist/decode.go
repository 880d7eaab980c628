package main

import (
	"bufio"
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/hashicorp/go-msgpack/v2/codec"
)

// The conformance door's `gossip` answers, made by the codecs that memberlist itself uses: what ours are compared with.

var names = map[byte]string{0: "ping", 1: "indirectPing", 2: "ackResp", 3: "suspect", 4: "alive", 5: "dead", 6: "pushPull",
	7: "compound", 8: "user", 9: "compress", 11: "nackResp", 12: "hasCrc", 13: "err"}

var octetKeys = map[string]bool{"Addr": true, "Meta": true, "Vsn": true, "Payload": true, "SourceAddr": true, "Target": true, "Buf": true}

type object = map[string]any

func octets(b []byte) object { return object{"hex": hex.EncodeToString(b)} }

// structFrom reads one MessagePack map from r.
func structFrom(r io.Reader) (object, error) {
	handle := codec.MsgpackHandle{}
	raw := map[string]any{}
	if err := codec.NewDecoder(r, &handle).Decode(&raw); err != nil {
		return nil, err
	}
	for key, value := range raw {
		if b, ok := value.([]byte); ok {
			if octetKeys[key] {
				raw[key] = octets(b)
			} else {
				raw[key] = string(b)
			}
		}
	}
	return raw, nil
}

func asInt(value any) int {
	var n int
	fmt.Sscan(fmt.Sprint(value), &n)
	return n
}

func decode(b []byte, stream bool) (object, error) {
	if len(b) == 0 {
		return nil, fmt.Errorf("empty")
	}
	out := object{"type": b[0], "name": names[b[0]]}
	r := bytes.NewReader(b[1:])
	switch {
	case b[0] == 12 && !stream:
		out["crc"] = hex.EncodeToString(b[1:5])
		out["crcOk"] = crc32.ChecksumIEEE(b[5:]) == binary.BigEndian.Uint32(b[1:5])
		inner, err := decode(b[5:], stream)
		out["inner"] = inner
		return out, err
	case b[0] == 7 && !stream:
		count := int(b[1])
		rest := b[2+2*count:]
		parts := []object{}
		for i := 0; i < count; i++ {
			length := int(binary.BigEndian.Uint16(b[2+2*i:]))
			part, err := decode(rest[:length], stream)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
			rest = rest[length:]
		}
		out["count"], out["parts"] = count, parts
		return out, nil
	case b[0] == 9:
		body, err := structFrom(r)
		if err != nil {
			return nil, err
		}
		packed, _ := hex.DecodeString(body["Buf"].(object)["hex"].(string))
		plain, err := io.ReadAll(lzw.NewReader(bytes.NewReader(packed), lzw.LSB, 8))
		if err != nil {
			return nil, err
		}
		inner, err := decode(plain, stream)
		out["algo"], out["inner"] = body["Algo"], inner
		return out, err
	case b[0] == 8 && !stream:
		out["fields"] = object{"Payload": octets(b[1:])}
		return out, nil
	}
	// The decoder reads ahead, so streams are handed to it octet by octet.
	one := bufio.NewReaderSize(r, 16)
	body, err := structFrom(one)
	if err != nil {
		return nil, err
	}
	switch b[0] {
	case 6:
		nodes := []object{}
		for i := asInt(body["Nodes"]); i > 0; i-- {
			node, err := structFrom(one)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, node)
		}
		state := make([]byte, asInt(body["UserStateLen"]))
		if _, err := io.ReadFull(one, state); err != nil {
			return nil, err
		}
		out["header"], out["nodes"], out["userState"] = body, nodes, octets(state)
	case 8:
		payload := make([]byte, asInt(body["UserMsgLen"]))
		if _, err := io.ReadFull(one, payload); err != nil {
			return nil, err
		}
		out["header"], out["payload"] = body, octets(payload)
	default:
		out["fields"] = body
	}
	return out, nil
}

func decodeLines() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var line struct {
			Hex    string `json:"hex"`
			Stream bool   `json:"stream"`
		}
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			panic(err)
		}
		raw, err := hex.DecodeString(line.Hex)
		var decoded object
		if err == nil {
			decoded, err = decode(raw, line.Stream)
		}
		result := object{"decoded": decoded, "reencoded": line.Hex}
		if err != nil {
			result = object{"error": err.Error()}
		}
		text, _ := json.Marshal(result)
		fmt.Println(string(text))
	}
}
