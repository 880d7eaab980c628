package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// recorder is memberlist's own transport, with a copy of all that is sent written to a file.
type recorder struct {
	*memberlist.NetTransport
	mutex sync.Mutex
	file  *os.File
}

func recordTo(c *memberlist.Config, path string) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	transport, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
		BindAddrs: []string{c.BindAddr}, BindPort: c.BindPort, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		log.Fatal(err)
	}
	r := &recorder{NetTransport: transport, file: file}
	c.Transport = r
}

func (r *recorder) write(stream bool, b []byte) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	line, _ := json.Marshal(map[string]any{"hex": hex.EncodeToString(b), "stream": stream})
	r.file.Write(append(line, '\n'))
}

func (r *recorder) WriteTo(b []byte, addr string) (time.Time, error) {
	r.write(false, b)
	return r.NetTransport.WriteTo(b, addr)
}

func (r *recorder) WriteToAddress(b []byte, addr memberlist.Address) (time.Time, error) {
	r.write(false, b)
	return r.NetTransport.WriteToAddress(b, addr)
}

// recordedConn keeps both directions and writes each of them as one line when it is closed.
type recordedConn struct {
	net.Conn
	r          *recorder
	once       sync.Once
	sent, read []byte
}

func (c *recordedConn) Write(b []byte) (int, error) {
	c.sent = append(c.sent, b...)
	return c.Conn.Write(b)
}

func (c *recordedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read = append(c.read, b[:n]...)
	return n, err
}

func (c *recordedConn) Close() error {
	c.once.Do(func() {
		c.r.write(true, c.sent)
		if len(c.read) > 0 {
			c.r.write(true, c.read)
		}
	})
	return c.Conn.Close()
}

func (r *recorder) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	conn, err := r.NetTransport.DialTimeout(addr, timeout)
	if err != nil {
		return nil, err
	}
	return &recordedConn{Conn: conn, r: r}, nil
}

func (r *recorder) DialAddressTimeout(addr memberlist.Address, timeout time.Duration) (net.Conn, error) {
	conn, err := r.NetTransport.DialAddressTimeout(addr, timeout)
	if err != nil {
		return nil, err
	}
	return &recordedConn{Conn: conn, r: r}, nil
}
