// The peer of the bgp-codec benchmark and of the differential tests: the packet package of GoBGP. Reads lines on standard input.
//
// measure: a line is "NAME HEX HEX ..."; prints {"name", "decode", "encode", "n"}, medians in nanoseconds per message.
// decode: a line is "OPTIONS HEX", options out of 2 (two-octet AS numbers) and p (add-path) or -; prints what was read.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// Rounds of well under a millisecond: few of them are interrupted, and the median does not see those.
const rounds = 201

func median(calls int, run func()) float64 {
	values := make([]float64, 0, rounds)
	for i := 0; i < rounds+60; i++ {
		start := time.Now()
		for j := 0; j < calls; j++ {
			run()
		}
		if i >= 60 {
			values = append(values, float64(time.Since(start).Nanoseconds())/float64(calls))
		}
	}
	sort.Float64s(values)
	return values[len(values)/2]
}

func measure(name string, messages [][]byte) map[string]any {
	octets := 0
	parsed := make([]*bgp.BGPMessage, 0, len(messages))
	for _, message := range messages {
		octets += len(message)
		one, err := bgp.ParseBGPMessage(message)
		if err != nil {
			return map[string]any{"name": name, "error": err.Error()}
		}
		parsed = append(parsed, one)
	}
	calls := 40000 / octets
	if calls < 1 {
		calls = 1
	}
	perMessage := float64(len(messages))
	decode := median(calls, func() {
		for _, message := range messages {
			_, _ = bgp.ParseBGPMessage(message)
		}
	})
	encode := median(calls, func() {
		for _, one := range parsed {
			_, _ = one.Serialize()
		}
	})
	return map[string]any{"name": name, "decode": decode / perMessage, "encode": encode / perMessage, "n": calls * rounds}
}

func options(letters string) *bgp.MarshallingOption {
	option := &bgp.MarshallingOption{Use2ByteAS: strings.Contains(letters, "2"), ExtendedMessage: true}
	if strings.Contains(letters, "p") {
		option.AddPath = map[bgp.Family]bgp.BGPAddPathMode{}
		for _, family := range []bgp.Family{bgp.RF_IPv4_UC, bgp.RF_IPv6_UC, bgp.RF_IPv4_MC, bgp.RF_IPv6_MC} {
			option.AddPath[family] = bgp.BGP_ADD_PATH_BOTH
		}
	}
	return option
}

func routes(list []bgp.PathNLRI) []string {
	found := []string{}
	for _, one := range list {
		found = append(found, fmt.Sprintf("%d %s", one.ID, one.NLRI.String()))
	}
	return found
}

func decode(letters string, message []byte) (answer map[string]any) {
	defer func() {
		if failure := recover(); failure != nil {
			answer = map[string]any{"error": fmt.Sprint("panic: ", failure)}
		}
	}()
	parsed, err := bgp.ParseBGPMessage(message, options(letters))
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	answer = map[string]any{"type": parsed.Header.Type}
	if again, err := parsed.Serialize(options(letters)); err == nil {
		answer["again"] = hex.EncodeToString(again)
	}
	if update, ok := parsed.Body.(*bgp.BGPUpdate); ok {
		answer["withdrawn"] = routes(update.WithdrawnRoutes)
		answer["nlri"] = routes(update.NLRI)
		attributes := []map[string]any{}
		for _, one := range update.PathAttributes {
			shown := map[string]any{"type": one.GetType(), "text": one.String()}
			switch mp := one.(type) {
			case *bgp.PathAttributeMpReachNLRI:
				shown["nlri"] = routes(mp.Value)
				shown["nextHop"] = mp.Nexthop.String()
			case *bgp.PathAttributeMpUnreachNLRI:
				shown["nlri"] = routes(mp.Value)
			}
			attributes = append(attributes, shown)
		}
		answer["attributes"] = attributes
	}
	return answer
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		messages := make([][]byte, 0, len(words)-1)
		for _, word := range words[1:] {
			octets, err := hex.DecodeString(word)
			if err != nil {
				panic(err)
			}
			messages = append(messages, octets)
		}
		var answer map[string]any
		if len(os.Args) > 1 && os.Args[1] == "decode" {
			answer = decode(words[0], messages[0])
		} else {
			answer = measure(words[0], messages)
		}
		line, _ := json.Marshal(answer)
		fmt.Fprintln(out, string(line))
	}
}
