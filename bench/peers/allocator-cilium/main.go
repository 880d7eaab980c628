// Measures ipalloc of Cilium. Built in a throw-away folder by bench/peers/allocator.ts.
package main

import (
	"encoding/json"
	"net/netip"
	"os"
	"sort"
	"time"

	"github.com/cilium/cilium/pkg/ipalloc"
)

func addr(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func filled(n int) *ipalloc.HashAllocator[bool] {
	a, err := ipalloc.NewHashAllocator[bool](addr(0), addr(65535), n)
	check(err)
	for i := 0; i < n; i++ {
		_, err := a.AllocAny(true)
		check(err)
	}
	return a
}

func median(rounds int, calls int, run func(i int), after func()) float64 {
	values := []float64{}
	for r := 0; r < rounds; r++ {
		start := time.Now()
		for i := 0; i < calls; i++ {
			run(i)
		}
		values = append(values, float64(time.Since(start).Nanoseconds())/float64(calls))
		after()
	}
	sort.Float64s(values)
	return values[(len(values)-1)/2]
}

func main() {
	out := map[string]float64{}
	got := []netip.Addr{}
	for name, n := range map[string]int{"1k": 1000, "10k": 10000, "60k": 60000} {
		a := filled(n)
		give := func() {
			for _, ip := range got {
				check(a.Free(ip))
			}
			got = got[:0]
		}
		out["next-free "+name] = median(15, 1000, func(int) { ip, err := a.AllocAny(true); check(err); got = append(got, ip) }, give)
		out["explicit "+name] = median(15, 1000, func(i int) { ip := addr(61000 + i); check(a.Alloc(ip, true)); got = append(got, ip) }, give)
		out["release "+name] = median(15, 1000, func(i int) { check(a.Free(addr(i))) }, func() {
			for i := 0; i < 1000; i++ {
				check(a.Alloc(addr(i), true))
			}
		})
	}
	a := filled(60000)
	for i := 0; i < 60000; i += 2 {
		check(a.Free(addr(i)))
	}
	give := func() {
		for _, ip := range got {
			check(a.Free(ip))
		}
		got = got[:0]
	}
	out["next-free 30k holes"] = median(5, 500, func(int) { ip, err := a.AllocAny(true); check(err); got = append(got, ip) }, give)
	out["explicit 30k holes"] = median(5, 200, func(i int) { ip := addr(20000 + 2*i); check(a.Alloc(ip, true)); got = append(got, ip) }, give)
	out["release 30k holes"] = median(5, 200, func(i int) { check(a.Free(addr(20001 + 2*i))) }, func() {
		for i := 0; i < 200; i++ {
			check(a.Alloc(addr(20001+2*i), true))
		}
	})
	full := filled(65536)
	out["refusal full"] = median(15, 1000, func(int) { _, _ = full.AllocAny(true) }, func() {})
	check(json.NewEncoder(os.Stdout).Encode(out))
}
