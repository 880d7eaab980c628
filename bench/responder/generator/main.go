// Asks for an address by ARP from many clients at once, and measures the answers. Prints one JSON object.
//
//	generator single INTERFACE TARGET COUNT          one request after the other: latency
//	generator paced INTERFACE TARGET RATE SECONDS    RATE requests a second: latency, share answered
//	generator flood INTERFACE TARGET SECONDS         as fast as it goes: answers a second
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"
)

// As many stations ask in turn, so that no limit for a single one is met and the kernel's neighbour table does not overflow.
const clients = 256

type answers struct {
	Sent     int     `json:"sent"`
	Answered int     `json:"answered"`
	Seconds  float64 `json:"seconds"`
	P50us    float64 `json:"p50us"`
	P99us    float64 `json:"p99us"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open(name string) int {
	iface, err := net.InterfaceByName(name)
	check(err)
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	check(err)
	check(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, 33, 8<<20)) // SO_RCVBUFFORCE
	check(syscall.SetsockoptInt(fd, 263, 23, 1))                   // PACKET_IGNORE_OUTGOING
	check(syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: 0x0608, Ifindex: iface.Index}))
	return fd
}

func request(client int, target net.IP) []byte {
	frame := make([]byte, 60)
	copy(frame, []byte{255, 255, 255, 255, 255, 255, 2, 1, 0, 0, 0, byte(client), 8, 6, 0, 1, 8, 0, 6, 4, 0, 1})
	copy(frame[22:], frame[6:12])
	copy(frame[28:], []byte{10, 9, 255, byte(client)})
	copy(frame[38:], target)
	return frame
}

// The client that an answer is for, or -1.
func answered(frame []byte) int {
	if len(frame) < 42 || frame[12] != 8 || frame[13] != 6 || frame[21] != 2 || frame[40] != 255 {
		return -1
	}
	return int(frame[41])
}

func percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(share*float64(len(sorted)-1))]
}

func finish(result answers, latencies []float64) {
	sort.Float64s(latencies)
	result.P50us, result.P99us = percentile(latencies, 0.5), percentile(latencies, 0.99)
	check(json.NewEncoder(os.Stdout).Encode(result))
}

func single(fd int, target net.IP, count int) {
	check(syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 200000}))
	buffer := make([]byte, 2048)
	latencies := []float64{}
	for i := 0; i < count; i++ {
		client := i % clients
		frame := request(client, target)
		start := time.Now()
		check(syscall.Sendto(fd, frame, 0, nil))
		for {
			n, err := syscall.Read(fd, buffer)
			if err != nil {
				break
			}
			if answered(buffer[:n]) == client {
				latencies = append(latencies, float64(time.Since(start).Nanoseconds())/1000)
				break
			}
		}
		time.Sleep(500 * time.Microsecond)
	}
	finish(answers{Sent: count, Answered: len(latencies)}, latencies)
}

func paced(fd int, target net.IP, rate float64, seconds float64) {
	check(syscall.SetNonblock(fd, true))
	frames := make([][]byte, clients)
	sentAt := make([]time.Time, clients)
	for i := range frames {
		frames[i] = request(i, target)
	}
	buffer := make([]byte, 2048)
	latencies := make([]float64, 0, int(rate*seconds)+1)
	start := time.Now()
	sent, got := 0, 0
	drain := func() {
		for {
			n, err := syscall.Read(fd, buffer)
			if err != nil {
				return
			}
			if client := answered(buffer[:n]); client >= 0 {
				got++
				if rate > 0 {
					latencies = append(latencies, float64(time.Since(sentAt[client]).Nanoseconds())/1000)
				}
			}
		}
	}
	for time.Since(start).Seconds() < seconds {
		// Whole bursts between two looks at the answers, but never ahead of the pace.
		for burst := 0; burst < 16 && (rate == 0 || float64(sent) < time.Since(start).Seconds()*rate); burst++ {
			client := sent % clients
			sentAt[client] = time.Now()
			if syscall.Sendto(fd, frames[client], syscall.MSG_DONTWAIT, nil) == nil {
				sent++
			}
		}
		drain()
	}
	elapsed := time.Since(start).Seconds()
	time.Sleep(300 * time.Millisecond)
	drain()
	finish(answers{Sent: sent, Answered: got, Seconds: elapsed}, latencies)
}

func main() {
	runtime.LockOSThread()
	mode, fd, target := os.Args[1], open(os.Args[2]), net.ParseIP(os.Args[3]).To4()
	number := func(at int) float64 {
		value, err := strconv.ParseFloat(os.Args[at], 64)
		check(err)
		return value
	}
	switch mode {
	case "single":
		single(fd, target, int(number(4)))
	case "paced":
		paced(fd, target, number(4), number(5))
	case "flood":
		paced(fd, target, 0, number(4))
	}
}
