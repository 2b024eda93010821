# For checks.sh: a small SMTP server (2525), an agent that says what a file holds (3333), and one that
# accepts and never answers (2526).
import socketserver, sys, threading


class Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 mx.example.com ESMTP\r\n")
        for line in self.rfile:
            word = line.split()[:1]
            if word == [b"EHLO"]:
                self.wfile.write(b"250-mx.example.com\r\n250 8BITMIME\r\n")
            elif word == [b"QUIT"]:
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"500 what?\r\n")


class Agent(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(open(sys.argv[1], "rb").read())


class Mute(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.read()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


for port, handler in ((2525, Smtp), (3333, Agent), (2526, Mute)):
    threading.Thread(target=Server(("", port), handler).serve_forever).start()
print("ready", flush=True)
