package io.github.loopthread.redis;

import java.util.function.Supplier;

import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoop;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopThread;

/**
 * Keeps the connections of Lettuce's clients on the loop: given to a {@link LoopThread}
 * as one of its resources, and applied to Lettuce's {@link ClientResources}.
 * <p>
 * <b>Guarantees.</b> Connections, name resolution, reconnects and the ends of commands
 * are on the loop thread, and Lettuce has no event loop of its own; only its timer has a
 * thread. Clients work again after the loop has been restarted: what was connected
 * reconnects at once, and commands that were in flight are sent again or time out, as
 * after any disconnect. That needs Lettuce's automatic reconnect, which is on by default.
 * While the loop is not running, nothing reconnects, and connecting fails at once.
 * <p>
 * It does not close connections: they belong to their clients, which should be shut down
 * before the loop stops.
 *
 * @since 1.0.0
 */
public final class LettuceLoopResource extends LoopResource<EventLoop> {

	private final RunningLoop loop;

	private final Reconnects reconnects = new Reconnects();

	private final CurrentEventLoopGroup eventLoopGroup;

	private final CurrentEventExecutor eventExecutor;

	/**
	 * Create a resource.
	 * @param loopThread the loop to which it will be given, asked for when it is first
	 * needed
	 * @throws IllegalArgumentException when the supplier is {@code null}
	 */
	public LettuceLoopResource(Supplier<LoopThread> loopThread) {
		super("redis");
		Assert.notNull(loopThread, "'loopThread' must not be null");
		this.loop = new RunningLoop(loopThread);
		this.eventLoopGroup = new CurrentEventLoopGroup(this.loop, this.reconnects);
		this.eventExecutor = new CurrentEventExecutor(this.loop);
	}

	/**
	 * Make the clients that use these client resources live on the loop. A
	 * {@code NettyCustomizer} that is set later takes the place of ours, which only does
	 * something when the loop's transport is not the one that Lettuce would choose.
	 * @param builder the builder of the client resources
	 * @throws IllegalArgumentException when the builder is {@code null}
	 */
	public void applyTo(ClientResources.Builder builder) {
		Assert.notNull(builder, "'builder' must not be null");
		builder.eventLoopGroupProvider(this.eventLoopGroup)
			.eventExecutorGroup(this.eventExecutor)
			.addressResolverGroup(new CurrentResolverGroup(this.loop))
			.nettyCustomizer(new TransportCustomizer(this.loop));
	}

	/**
	 * Return whether the clients that use some client resources live on a loop.
	 * @param clientResources the client resources
	 * @return {@code true} if a resource of this type was applied to them
	 */
	public static boolean isAppliedTo(ClientResources clientResources) {
		return clientResources.eventLoopGroupProvider() instanceof CurrentEventLoopGroup;
	}

	@Override
	protected Mono<EventLoop> open(LoopThread loop) {
		return Mono.fromSupplier(() -> {
			EventLoop eventLoop = loop.eventLoopGroup().next();
			this.eventExecutor.resume(eventLoop);
			this.reconnects.start();
			return eventLoop;
		});
	}

}
