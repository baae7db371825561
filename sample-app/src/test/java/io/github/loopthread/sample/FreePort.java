package io.github.loopthread.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;

/**
 * Finds a port for something that is yet to listen on it. The system has such ports apart
 * from those that it gives to connections, as long as there are enough. A port at random
 * may become that of another test's connection meanwhile.
 */
final class FreePort {

	private FreePort() {
	}

	static int find() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
