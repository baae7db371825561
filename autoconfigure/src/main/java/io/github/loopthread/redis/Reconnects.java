package io.github.loopthread.redis;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;

import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.protocol.ConnectionWatchdog;
import io.lettuce.core.protocol.RedisHandshakeHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * The connections that are to be made anew when the loop starts again. Lettuce gives up
 * an attempt that finds no loop, and makes no other by itself.
 */
final class Reconnects {

	private static final Log logger = LogFactory.getLog(Reconnects.class);

	// A connection that nobody has any more is none that anybody waits for
	private final Set<ConnectionWatchdog> disconnected = Collections
		.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	/**
	 * Remember the connection to which a channel belongs once that has closed.
	 */
	void watch(Channel channel) {
		Connected connected = new Connected();
		channel.pipeline().addFirst(connected);
		channel.closeFuture().addListener((closed) -> {
			ConnectionWatchdog watchdog = channel.pipeline().get(ConnectionWatchdog.class);
			if (watchdog != null) {
				this.disconnected.add(watchdog);
			}
			RedisHandshakeHandler handshake = channel.pipeline().get(RedisHandshakeHandler.class);
			if (handshake != null && !connected.connected) {
				end(handshake.channelInitialized().toCompletableFuture());
			}
		});
	}

	/**
	 * End a handshake that has not begun. Lettuce does so only where the server could be
	 * reached, and would come back to it when its time is up, when there may be no such
	 * loop any more.
	 */
	private static void end(CompletableFuture<Void> handshake) {
		handshake.completeExceptionally(new RedisConnectionException("Not connected"));
	}

	/**
	 * Make them anew, except for those that are there or have been closed: Lettuce knows
	 * which.
	 */
	void start() {
		List<ConnectionWatchdog> watchdogs;
		synchronized (this.disconnected) {
			watchdogs = List.copyOf(this.disconnected);
		}
		for (ConnectionWatchdog watchdog : watchdogs) {
			try {
				watchdog.scheduleReconnect();
			}
			catch (RuntimeException ex) {
				// Its client has been shut down, and its timer with it
				logger.debug("A Redis connection is not made anew", ex);
			}
		}
	}

	/**
	 * Whether a channel has been connected, which nobody can say once it has closed.
	 */
	private static final class Connected extends ChannelInboundHandlerAdapter {

		// Written and read on the loop
		private boolean connected;

		@Override
		public void channelActive(ChannelHandlerContext context) {
			this.connected = true;
			context.fireChannelActive();
		}

	}

}
