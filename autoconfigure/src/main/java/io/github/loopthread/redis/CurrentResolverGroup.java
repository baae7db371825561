package io.github.loopthread.redis;

import java.net.InetSocketAddress;

import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.EventExecutor;

import io.github.loopthread.Transport;

/**
 * A name resolver for each life of the loop. One that outlives its loop never answers
 * again.
 */
final class CurrentResolverGroup extends AddressResolverGroup<InetSocketAddress> {

	private final RunningLoop loop;

	CurrentResolverGroup(RunningLoop loop) {
		this.loop = loop;
	}

	@Override
	protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
		Transport transport = this.loop.loopThread().getTransport();
		return new DnsNameResolverBuilder((EventLoop) executor).datagramChannelType(transport.datagramChannelType())
			.socketChannelType(transport.socketChannelType())
			// The default takes a FastThreadLocal, whose place is never free again
			.queryServerAddressStream(DnsServerAddressStreamProviders.platformDefault().nameServerAddressStream(""))
			.build()
			.asAddressResolver();
	}

}
