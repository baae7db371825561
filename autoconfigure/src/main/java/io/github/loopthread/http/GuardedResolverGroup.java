package io.github.loopthread.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

/**
 * Shows every address to a filter as it is, before it is connected to. Reactor Netty
 * alone fails there in two ways: it takes {@code [::ffff:127.0.0.1]} for an IPv6 address,
 * which no filter of IPv4 addresses knows and which the operating system connects to
 * {@code 127.0.0.1}; and it closes the channel of an address that was refused only if
 * that took a while to resolve. The others would stay open until the loop stops.
 */
final class GuardedResolverGroup extends AddressResolverGroup<SocketAddress> {

	private final AddressResolverGroup<?> delegate;

	private final boolean ours;

	/**
	 * Create a group.
	 * @param delegate resolves the names
	 * @param ours whether it is closed with this one
	 */
	GuardedResolverGroup(AddressResolverGroup<?> delegate, boolean ours) {
		this.delegate = delegate;
		this.ours = ours;
	}

	@Override
	public void close() {
		super.close();
		if (this.ours) {
			this.delegate.close();
		}
	}

	@Override
	@SuppressWarnings("unchecked")
	protected AddressResolver<SocketAddress> newResolver(EventExecutor executor) {
		return new GuardedResolver(executor, (AddressResolver<SocketAddress>) this.delegate.getResolver(executor));
	}

	private static final class GuardedResolver extends AbstractAddressResolver<SocketAddress> {

		private final AddressResolver<SocketAddress> delegate;

		GuardedResolver(EventExecutor executor, AddressResolver<SocketAddress> delegate) {
			super(executor, SocketAddress.class);
			this.delegate = delegate;
		}

		@Override
		public boolean isSupported(SocketAddress address) {
			return this.delegate.isSupported(address);
		}

		@Override
		protected boolean doIsResolved(SocketAddress address) {
			// Numeric ones come here too
			return false;
		}

		@Override
		protected void doResolve(SocketAddress address, Promise<SocketAddress> promise) {
			resolveAll(address).addListener((Future<List<SocketAddress>> answer) -> {
				if (answer.isSuccess()) {
					promise.trySuccess(answer.getNow().get(0));
				}
				else {
					promise.tryFailure(answer.cause());
				}
			});
		}

		@Override
		protected void doResolveAll(SocketAddress address, Promise<List<SocketAddress>> promise) {
			// Not at once, although most answers are there: for the channel's sake
			this.delegate.resolveAll(address)
				.addListener((Future<List<SocketAddress>> answer) -> executor().execute(() -> pass(answer, promise)));
		}

		private void pass(Future<List<SocketAddress>> answer, Promise<List<SocketAddress>> promise) {
			if (!answer.isSuccess()) {
				promise.tryFailure(answer.cause());
				return;
			}
			try {
				List<SocketAddress> plain = new ArrayList<>();
				for (SocketAddress address : answer.getNow()) {
					plain.add(plain(address));
				}
				promise.trySuccess(plain);
			}
			catch (UnknownHostException ex) {
				promise.tryFailure(ex);
			}
		}

		private static SocketAddress plain(SocketAddress address) throws UnknownHostException {
			// Not resolved: the proxy is to do that
			if (!(address instanceof InetSocketAddress resolved) || resolved.isUnresolved()) {
				return address;
			}
			// The JDK makes an IPv4 address of the bytes of one that is mapped
			InetAddress plain = InetAddress.getByAddress(resolved.getHostString(), resolved.getAddress().getAddress());
			return (plain.getClass() == resolved.getAddress().getClass()) ? address
					: new InetSocketAddress(plain, resolved.getPort());
		}

	}

}
