package io.github.loopthread.sample;

import java.io.IOException;
import java.net.ServerSocket;

import jakarta.annotation.PreDestroy;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import redis.embedded.RedisServer;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.stereotype.Component;

/**
 * A Redis server of the sample's own, so that there is nothing to install. It is a
 * process on a free port, without files, and ends when the JVM is told to, which may be
 * before the last page has been answered. Another one is used, or none, with
 * {@code --sample.embedded-redis=false} and {@code spring.data.redis.*}.
 */
@Component
@ConditionalOnBooleanProperty(name = "sample.embedded-redis", matchIfMissing = true)
class EmbeddedRedis implements DataRedisConnectionDetails {

	private static final Log logger = LogFactory.getLog(EmbeddedRedis.class);

	private final int port;

	private final RedisServer server;

	EmbeddedRedis() throws IOException {
		this.port = freePort();
		this.server = RedisServer.newRedisServer()
			.bind("127.0.0.1")
			.port(this.port)
			.setting("save \"\"")
			.setting("maxmemory 64mb")
			.setting("maxmemory-policy allkeys-lru")
			.build();
		try {
			this.server.start();
		}
		catch (IOException ex) {
			logger.warn("Redis did not start: the shop counts no views and caches no pages", ex);
		}
	}

	@Override
	public Standalone getStandalone() {
		return Standalone.of("127.0.0.1", this.port);
	}

	@PreDestroy
	void stop() throws IOException {
		this.server.stop();
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

}
