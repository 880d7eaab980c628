// An ARP responder on mdlayher's package, as a Go program would write it. Prints "ready" when it answers.
//
//	responder INTERFACE ADDRESSES_FILE
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	iface, err := net.InterfaceByName(os.Args[1])
	check(err)
	file, err := os.Open(os.Args[2])
	check(err)
	owned := map[netip.Addr]bool{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		owned[netip.MustParseAddr(lines.Text())] = true
	}
	client, err := arp.Dial(iface)
	check(err)
	fmt.Println("ready")
	for {
		packet, frame, err := client.Read()
		if err != nil {
			continue
		}
		if packet.Operation != arp.OperationRequest || !owned[packet.TargetIP] {
			continue
		}
		if frame.Destination.String() != ethernet.Broadcast.String() && frame.Destination.String() != iface.HardwareAddr.String() {
			continue
		}
		_ = client.Reply(packet, iface.HardwareAddr, packet.TargetIP)
	}
}
