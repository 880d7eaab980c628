// Measures the allocator of MetalLB, an internal package: built by bench/peers/allocator.ts inside a throw-away copy of that module.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sort"
	"time"

	"go.universe.tf/metallb/internal/allocator"
	"go.universe.tf/metallb/internal/config"
	"go.universe.tf/metallb/internal/ipfamily"
	v1 "k8s.io/api/core/v1"
)

var service = &v1.Service{}
var ports = []allocator.Port{{Proto: "TCP", Port: 80}}

func addr(i int) net.IP { return net.IPv4(10, 0, byte(i>>8), byte(i)) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func pools(name, cidr string) *config.Pools {
	nets, err := config.ParseCIDR(cidr)
	check(err)
	return &config.Pools{ByName: map[string]*config.Pool{name: {Name: name, AutoAssign: true, CIDR: nets}}}
}

func filled(cidr string, n int) *allocator.Allocator {
	a := allocator.New(func(string) {})
	a.SetPools(pools("p", cidr))
	for i := 0; i < n; i++ {
		check(a.Assign(fmt.Sprintf("ns/svc-%d", i), service, []net.IP{addr(i)}, ports, "", ""))
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
	for name, n := range map[string]int{"1k": 1000, "10k": 10000, "60k": 60000} {
		a := filled("10.0.0.0/16", n)
		calls := 20
		if n > 10000 {
			calls = 3
		}
		free := func() {
			for i := 0; i < 1000; i++ {
				a.Unassign(fmt.Sprintf("x/%d", i))
			}
		}
		out["next-free "+name] = median(5, calls, func(i int) {
			_, err := a.Allocate(fmt.Sprintf("x/%d", i), service, ipfamily.IPv4, ports, "", "")
			check(err)
		}, free)
		out["explicit "+name] = median(9, 1000, func(i int) {
			check(a.Assign(fmt.Sprintf("x/%d", i), service, []net.IP{addr(61000 + i)}, ports, "", ""))
		}, free)
		out["release "+name] = median(9, 1000, func(i int) { a.Unassign(fmt.Sprintf("ns/svc-%d", i)) }, func() {
			for i := 0; i < 1000; i++ {
				check(a.Assign(fmt.Sprintf("ns/svc-%d", i), service, []net.IP{addr(i)}, ports, "", ""))
			}
		})
		same := pools("p", "10.0.0.0/16")
		out["setPools unchanged "+name] = median(5, 1, func(int) { a.SetPools(same) }, func() {})
		flip := 0
		out["setPools renamed "+name] = median(3, 1, func(int) { flip++; a.SetPools(pools(fmt.Sprintf("p%d", flip), "10.0.0.0/16")) }, func() {})
	}
	full := filled("10.0.0.0/18", 16384)
	out["refusal full"] = median(5, 3, func(int) {
		if _, err := full.Allocate("x", service, ipfamily.IPv4, ports, "", ""); err == nil {
			panic("not full")
		}
	}, func() {})
	check(json.NewEncoder(os.Stdout).Encode(out))
}
