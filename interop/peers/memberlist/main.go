// A member of HashiCorp's memberlist with the flags, commands and JSON Lines of our own gossip node, as the other side of
// interop tests, recordings and benchmarks. `-record FILE` writes what goes over the wire as JSON Lines as well; `decode` as
// the first word answers the lines of the conformance door's kind `gossip`, `bench PING ALIVE` times the codec.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

type info struct {
	Name string `json:"name"`
	Addr string `json:"addr"`
	Port uint16 `json:"port"`
	Meta string `json:"meta"`
	Vsn  []int  `json:"vsn"`
}

func infoOf(n *memberlist.Node) *info {
	return &info{n.Name, n.Addr.String(), n.Port, string(n.Meta), []int{
		int(n.PMin), int(n.PMax), int(n.PCur), int(n.DMin), int(n.DMax), int(n.DCur)}}
}

var outMutex sync.Mutex

func emit(event map[string]any) {
	outMutex.Lock()
	defer outMutex.Unlock()
	event["t"] = float64(time.Now().UnixMicro()) / 1000
	line, _ := json.Marshal(event)
	os.Stdout.Write(append(line, '\n'))
}

type watcher struct {
	self  string
	meta  []byte
	state []byte
	queue *memberlist.TransmitLimitedQueue
}

func (w *watcher) on(ev string, n *memberlist.Node) {
	emit(map[string]any{"ev": ev, "self": w.self, "node": n.Name, "info": infoOf(n)})
}
func (w *watcher) NotifyJoin(n *memberlist.Node)   { w.on("join", n) }
func (w *watcher) NotifyLeave(n *memberlist.Node)  { w.on("leave", n) }
func (w *watcher) NotifyUpdate(n *memberlist.Node) { w.on("update", n) }
func (w *watcher) NotifyConflict(existing, other *memberlist.Node) {
	emit(map[string]any{"ev": "conflict", "self": w.self, "node": existing.Name, "info": infoOf(other)})
}
func (w *watcher) NodeMeta(int) []byte { return w.meta }
func (w *watcher) NotifyMsg(b []byte) {
	emit(map[string]any{"ev": "user", "self": w.self, "hex": hex.EncodeToString(b)})
}
func (w *watcher) GetBroadcasts(overhead, limit int) [][]byte {
	if w.queue == nil {
		return nil
	}
	return w.queue.GetBroadcasts(overhead, limit)
}
func (w *watcher) LocalState(bool) []byte { return w.state }
func (w *watcher) MergeRemoteState(b []byte, _ bool) {
	if len(b) > 0 {
		emit(map[string]any{"ev": "remote-state", "self": w.self, "hex": hex.EncodeToString(b)})
	}
}

type rumour []byte

func (r rumour) Invalidates(memberlist.Broadcast) bool { return false }
func (r rumour) Message() []byte                       { return r }
func (r rumour) Finished()                             {}

func hexBytes(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		log.Fatal(err)
	}
	return b
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "decode" {
		decodeLines()
		return
	}
	if len(os.Args) > 3 && os.Args[1] == "bench" {
		benchCodec()
		return
	}
	name := flag.String("name", "go", "")
	bind := flag.String("bind", "127.0.0.1", "")
	port := flag.Int("port", 7946, "")
	join := flag.String("join", "", "")
	profile := flag.String("profile", "lan", "")
	secret := flag.String("secret", "", "")
	label := flag.String("label", "", "")
	meta := flag.String("meta", "", "")
	state := flag.String("state", "", "")
	compress := flag.Bool("compress", true, "")
	proto := flag.Int("proto", 2, "")
	noTCPPing := flag.Bool("no-tcp-ping", false, "")
	reclaim := flag.Duration("reclaim", 0, "")
	probeInterval := flag.Duration("probe-interval", 0, "")
	probeTimeout := flag.Duration("probe-timeout", 0, "")
	pushPull := flag.Duration("pushpull", 0, "")
	gossip := flag.Duration("gossip-interval", 0, "")
	suspicionMult := flag.Int("suspicion-mult", 0, "")
	suspicionMaxMult := flag.Int("suspicion-max-mult", 0, "")
	awareness := flag.Int("awareness", 0, "")
	record := flag.String("record", "", "")
	verbose := flag.Bool("verbose", false, "")
	flag.Parse()

	profiles := map[string]func() *memberlist.Config{
		"lan": memberlist.DefaultLANConfig, "wan": memberlist.DefaultWANConfig, "local": memberlist.DefaultLocalConfig}
	c := profiles[*profile]()
	c.Name, c.BindAddr, c.BindPort, c.AdvertisePort = *name, *bind, *port, *port
	c.AdvertiseAddr = *bind
	c.EnableCompression, c.ProtocolVersion, c.DisableTcpPings = *compress, uint8(*proto), *noTCPPing
	c.DeadNodeReclaimTime, c.Label = *reclaim, *label
	c.LogOutput = io.Discard
	if *verbose {
		c.LogOutput = os.Stderr
	}
	for _, d := range []struct {
		from *time.Duration
		to   *time.Duration
	}{{probeInterval, &c.ProbeInterval}, {probeTimeout, &c.ProbeTimeout}, {pushPull, &c.PushPullInterval}, {gossip, &c.GossipInterval}} {
		if *d.from > 0 {
			*d.to = *d.from
		}
	}
	for _, n := range []struct {
		from *int
		to   *int
	}{{suspicionMult, &c.SuspicionMult}, {suspicionMaxMult, &c.SuspicionMaxTimeoutMult}, {awareness, &c.AwarenessMaxMultiplier}} {
		if *n.from > 0 {
			*n.to = *n.from
		}
	}
	if *secret != "" {
		c.SecretKey = hexBytes(*secret)
	}
	w := &watcher{self: *name, meta: []byte(*meta), state: []byte(*state)}
	c.Delegate, c.Events, c.Conflict = w, w, w
	if *record != "" {
		recordTo(c, *record)
	}
	list, err := memberlist.Create(c)
	if err != nil {
		emit(map[string]any{"ev": "error", "self": *name, "err": err.Error()})
		os.Exit(1)
	}
	w.queue = &memberlist.TransmitLimitedQueue{NumNodes: list.NumMembers, RetransmitMult: c.RetransmitMult}
	emit(map[string]any{"ev": "start", "self": *name, "info": infoOf(list.LocalNode())})
	contact := func(to []string) {
		n, err := list.Join(to)
		event := map[string]any{"ev": "joined", "self": *name, "n": n}
		if err != nil {
			event["err"] = err.Error()
		}
		emit(event)
	}
	if *join != "" {
		contact(strings.Split(*join, ","))
	}
	commands(list, w, contact)
}

func commands(list *memberlist.Memberlist, w *watcher, contact func([]string)) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		word, rest, _ := strings.Cut(in.Text(), " ")
		var err error
		switch word {
		case "members":
			names := []string{}
			for _, n := range list.Members() {
				names = append(names, n.Name)
			}
			emit(map[string]any{"ev": "members", "self": w.self, "names": names, "n": len(names)})
		case "join":
			contact([]string{rest})
		case "meta":
			w.meta = []byte(rest)
			err = list.UpdateNode(time.Second)
		case "broadcast":
			w.queue.QueueBroadcast(rumour(rest))
		case "udp", "tcp":
			to, text, _ := strings.Cut(rest, " ")
			for _, n := range list.Members() {
				if n.Name == to && word == "udp" {
					err = list.SendBestEffort(n, []byte(text))
				} else if n.Name == to {
					err = list.SendReliable(n, []byte(text))
				}
			}
		case "leave":
			err = list.Leave(5 * time.Second)
			emit(map[string]any{"ev": "left", "self": w.self})
		case "shutdown":
			err = list.Shutdown()
		case "quit":
			return
		}
		if err != nil {
			emit(map[string]any{"ev": "error", "self": w.self, "err": err.Error()})
		}
	}
}
