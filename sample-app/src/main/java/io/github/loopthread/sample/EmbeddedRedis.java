package io.github.loopthread.sample;

import java.io.IOException;
import java.net.ServerSocket;

import jakarta.annotation.PreDestroy;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisServer;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.stereotype.Component;

/**
 * A Redis server of the sample's own, so that there is nothing to install. It is a
 * process on a free port that keeps nothing, and ends when the JVM is told to, which may
 * be before the last page has been answered. Another one is used, or none, with
 * {@code --sample.embedded-redis=false} and {@code spring.data.redis.*}.
 */
@Component
@ConditionalOnBooleanProperty(name = "sample.embedded-redis", matchIfMissing = true)
class EmbeddedRedis implements DataRedisConnectionDetails {

	private static final Log logger = LogFactory.getLog(EmbeddedRedis.class);

	private final int port;

	private final @Nullable RedisServer server;

	EmbeddedRedis() throws IOException {
		this.port = freePort();
		this.server = start(this.port);
	}

	@Override
	public Standalone getStandalone() {
		return Standalone.of("127.0.0.1", this.port);
	}

	@PreDestroy
	void stop() throws IOException {
		if (this.server != null) {
			this.server.stop();
		}
	}

	private static @Nullable RedisServer start(int port) {
		try {
			RedisServer server = RedisServer.newRedisServer()
				.bind("127.0.0.1")
				.port(port)
				.setting("save \"\"")
				.setting("maxmemory 64mb")
				.setting("maxmemory-policy allkeys-lru")
				.build();
			server.start();
			return server;
		}
		catch (IOException | RuntimeException ex) {
			// Also where the jar has none for the system
			logger.warn("Redis did not start: the shop counts no views and caches no pages", ex);
			return null;
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

}
