package io.github.loopthread.redis;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.protocol.RedisHandshakeHandler;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Reconnects}.
 */
@Timeout(60)
// Lettuce's own resolver keeps its socket
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class ReconnectsTests {

	private final ClientResources clientResources = DefaultClientResources.create();

	private final SlowHandshake handshake = new SlowHandshake(this.clientResources);

	private final EmbeddedChannel channel = new EmbeddedChannel(DefaultChannelId.newInstance(), false, false,
			this.handshake);

	@AfterEach
	void shutDown() {
		this.clientResources.shutdown(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
	}

	/**
	 * With credentials that are asked for, Lettuce continues the handshake on another
	 * thread, which closes the channel and says why afterwards.
	 */
	@Test
	void handshakeThatFailsOnAnotherThreadKeepsItsReason() throws Exception {
		new Reconnects().watch(this.channel);
		this.channel.register();
		this.channel.close();
		this.channel.runPendingTasks();
		assertThat(this.handshake.channelInitialized().toCompletableFuture()).isNotDone();
	}

	private static final class SlowHandshake extends RedisHandshakeHandler {

		SlowHandshake(ClientResources clientResources) {
			super((channel) -> new CompletableFuture<>(), clientResources, Duration.ofSeconds(10));
		}

		@Override
		protected void fail(ChannelHandlerContext ctx, Throwable cause) {
			// The other thread has not come to this yet
		}

	}

}
