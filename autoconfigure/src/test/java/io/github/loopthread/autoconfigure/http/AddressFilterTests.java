package io.github.loopthread.autoconfigure.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.FilteredHostException;
import org.springframework.boot.http.client.InetAddressFilter;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClient.RequestHeadersSpec;
import org.springframework.web.reactive.function.client.WebClient.RequestHeadersUriSpec;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.util.InvalidUrlException;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.Transport;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.examples.AddressFilterExample;
import io.github.loopthread.http.TestDnsServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Spring Boot's filter of addresses guards the shared client, whatever the URL looks
 * like.
 */
@Timeout(60)
class AddressFilterTests {

	private static final InetAddressFilter FILTER = new AddressFilterExample().externalAddressesOnly()
		.or(AddressFilterUrls.ALLOWED);

	private final AddressFilterServer server = new AddressFilterServer();

	private Function<String, List<byte[]>> names = AddressFilterUrls::addressesOf;

	private final TestDnsServer dns = new TestDnsServer((name) -> this.names.apply(name));

	private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

	// Where connections were begun to, whether or not they came to be
	private final Set<SocketAddress> connections = ConcurrentHashMap.newKeySet();

	private @Nullable UnaryOperator<HttpClient> resolver;

	private final ApplicationContextRunner unguarded = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
				SslAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class, CodecsAutoConfiguration.class,
				WebClientAutoConfiguration.class))
		.withInitializer((context) -> context.getBeanFactory()
			.registerSingleton("customizer",
					customizer((client) -> customize(client, context.getBeanProvider(LoopThread.class)))));

	private final ApplicationContextRunner guarded = this.unguarded.withBean(InetAddressFilter.class, () -> FILTER);

	AddressFilterTests() throws IOException {
	}

	@AfterEach
	void closeServers() throws Exception {
		this.server.close();
		this.dns.close();
	}

	@Test
	@DisplayName("P8 no URL leads to an address that is not allowed")
	void noUrlLeadsToAddressThatIsNotAllowed() {
		List<String> urls = AddressFilterUrls.all(this.server.port());
		assertThat(urls).hasSizeGreaterThan(120).doesNotHaveDuplicates();
		this.guarded.run((context) -> {
			Outcomes outcomes = new Outcomes();
			for (String url : urls) {
				outcomes.add(url, () -> get(context, (request) -> request.uri(URI.create(url))));
				outcomes.add(url + " as template", () -> get(context, (request) -> request.uri(url)));
			}
			assertThat(outcomes.answers).isEmpty();
			assertThat(this.server.takeReachedAt()).isEmpty();
			assertThat(this.connections).isEmpty();
			assertThat(addresses()).allSatisfy((url) -> {
				assertRefusedByFilter(url, outcomes.failures.get(url));
				Throwable ofTemplate = outcomes.failures.get(url + " as template");
				if (AddressFilterUrls.isNoTemplate(url)) {
					assertThat(ofTemplate).as(url).isInstanceOf(InvalidUrlException.class);
				}
				else {
					assertRefusedByFilter(url, ofTemplate);
				}
			});
			assertThat(outcomes.refused()).hasSizeGreaterThan(120);
			assertThat(outcomes.failures).hasSize(2 * urls.size()).allSatisfy(this::saysWhatIsWrong);
			System.out.printf(
					"%d URLs, each as URI and as template: %d refused by the filter, %d no URLs, 0 connected%n",
					urls.size(), outcomes.refused().size(), outcomes.failures.size() - outcomes.refused().size());
		});
	}

	@Test
	@DisplayName("P8 no redirect leads to an address that is not allowed")
	void noRedirectLeadsToAddressThatIsNotAllowed() {
		List<String> urls = AddressFilterUrls.all(this.server.port());
		this.server.redirectTo(urls);
		this.guarded.run((context) -> {
			Outcomes outcomes = new Outcomes();
			for (int i = 0; i < urls.size(); i++) {
				String url = this.server.url((i % 2 != 0) ? "allowed.example" : AddressFilterUrls.ALLOWED) + i;
				outcomes.add(urls.get(i), () -> get(context, (request) -> request.uri(URI.create(url))));
			}
			assertThat(this.server.takeReachedAt()).containsExactly(AddressFilterUrls.ALLOWED);
			assertThat(this.connections)
				.containsExactly(new InetSocketAddress(AddressFilterUrls.ALLOWED, this.server.port()));
			assertThat(addresses()).allSatisfy((url) -> assertRefusedByFilter(url, outcomes.failures.get(url)));
			assertThat(outcomes.refused()).hasSizeGreaterThan(60);
			assertThat(outcomes.failures).allSatisfy(this::saysWhatIsWrong);
			// Those that are no absolute URL lead back to the same server
			assertThat(outcomes.answers).hasSizeLessThan(10);
			System.out.printf("%d redirects: %d refused by the filter, %d no URLs, %d to the same server%n",
					urls.size(), outcomes.refused().size(), outcomes.failures.size() - outcomes.refused().size(),
					outcomes.answers.size());
		});
	}

	@Test
	@DisplayName("P8 without the filter the same URLs reach the server")
	void withoutFilterTheSameUrlsReachTheServer() {
		List<String> urls = AddressFilterUrls.toThisMachine(this.server.port());
		this.unguarded.run((context) -> {
			Outcomes outcomes = new Outcomes();
			urls.forEach((url) -> outcomes.add(url, () -> get(context, (request) -> request.uri(URI.create(url)))));
			// Some machines have no IPv6
			assertThat(outcomes.answers).hasSizeGreaterThan(15);
			assertThat(this.server.takeReachedAt()).contains("127.0.0.1", "127.0.0.3", "127.255.255.254");
		});
	}

	@Test
	void whatIsAllowedIsReached() {
		this.guarded.run((context) -> {
			for (String host : List.of(AddressFilterUrls.ALLOWED, "[::ffff:127.0.0.2]", "allowed.example")) {
				assertThat(get(context, (request) -> request.uri(URI.create(this.server.url(host)))))
					.isEqualTo("reached");
			}
			assertThat(this.server.takeReachedAt()).containsExactly(AddressFilterUrls.ALLOWED);
		});
	}

	@Test
	@DisplayName("P9 of several addresses only those allowed are tried")
	void ofSeveralAddressesOnlyThoseAllowedAreTried() {
		this.names = (name) -> AddressFilterUrls
			.bytes(List.of("127.0.0.1", "::1", "10.0.0.1", AddressFilterUrls.ALLOWED));
		this.guarded.run((context) -> {
			assertThat(get(context, (request) -> request.uri(this.server.url("mixed.example")))).isEqualTo("reached");
			assertThat(this.server.takeReachedAt()).containsExactly(AddressFilterUrls.ALLOWED);
		});
	}

	@Test
	@DisplayName("P9 a name whose address changes is checked at every connection")
	void nameWhoseAddressChangesIsCheckedAtEveryConnection() {
		AtomicInteger lookUps = new AtomicInteger();
		// Four look-ups are two of each kind
		this.names = (name) -> AddressFilterUrls
			.bytes(List.of((lookUps.getAndIncrement() % 4 < 2) ? AddressFilterUrls.ALLOWED : "127.0.0.1"));
		this.guarded.run((context) -> {
			Outcomes outcomes = new Outcomes();
			for (int i = 0; i < 40; i++) {
				outcomes.add("call " + i,
						() -> get(context, (request) -> request.uri(this.server.url("changes.example"))));
			}
			assertThat(outcomes.answers).isNotEmpty();
			assertThat(outcomes.refused()).isNotEmpty().hasSameSizeAs(outcomes.failures.values());
			assertThat(this.server.takeReachedAt()).containsExactly(AddressFilterUrls.ALLOWED);
		});
	}

	@ParameterizedTest
	@EnumSource(names = { "NIO", "AUTO" })
	void refusedAddressesLeaveNoChannelOpen(Transport transport) {
		this.guarded.withPropertyValues("loop.transport=" + transport).run((context) -> {
			Outcomes outcomes = new Outcomes();
			for (String host : List.of("127.0.0.1", "[::1]", "localhost", "internal.example")) {
				for (int i = 0; i < 10; i++) {
					outcomes.add(host + i, () -> get(context, (request) -> request.uri(this.server.url(host))));
				}
			}
			assertThat(outcomes.refused()).hasSize(40);
			assertThat(this.channels).hasSize(40);
			await().untilAsserted(() -> assertThat(this.channels).noneMatch(Channel::isOpen));
		});
	}

	@Test
	void holdsWithResolverOfTheApplicationToo() {
		this.resolver = (client) -> client.resolver(DefaultAddressResolverGroup.INSTANCE);
		this.guarded.run((context) -> {
			Outcomes outcomes = new Outcomes();
			for (String host : List.of("127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "localhost", "2130706433")) {
				outcomes.add(host, () -> get(context, (request) -> request.uri(URI.create(this.server.url(host)))));
			}
			assertThat(outcomes.refused()).hasSize(5);
			assertThat(this.server.takeReachedAt()).isEmpty();
			await().untilAsserted(() -> assertThat(this.channels).hasSize(5).noneMatch(Channel::isOpen));
			assertThat(get(context, (request) -> request.uri(this.server.url(AddressFilterUrls.ALLOWED))))
				.isEqualTo("reached");
		});
	}

	@Test
	void holdsAfterRestart() {
		this.guarded.run((context) -> {
			LoopThread loopThread = context.getBean(LoopThread.class);
			loopThread.stop();
			loopThread.start();
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> get(context, (request) -> request.uri(this.server.url("internal.example"))))
				.withCauseInstanceOf(FilteredHostException.class)
				.withMessageContaining("127.0.0.1");
			assertThat(get(context, (request) -> request.uri(this.server.url("allowed.example")))).isEqualTo("reached");
		});
	}

	@Test
	void throughProxyNothingIsReachedByName() throws Exception {
		try (TestProxy proxy = new TestProxy(this.server.port())) {
			proxy.setAsSystemProxy();
			this.resolver = UnaryOperator.identity();
			this.guarded.run((context) -> {
				Outcomes outcomes = new Outcomes();
				for (String host : List.of("internal.example", "allowed.example", "10.0.0.1", "[::ffff:10.0.0.1]")) {
					outcomes.add(host, () -> get(context, (request) -> request.uri(URI.create(this.server.url(host)))));
				}
				assertThat(outcomes.failures).hasSize(4);
				assertThat(outcomes.failures.get("allowed.example")).hasMessageContaining("'address' must not be null");
				assertThat(outcomes.refused()).hasSize(2);
				assertThat(proxy.connectRequests()).isEmpty();
				assertThat(this.server.takeReachedAt()).isEmpty();
			});
		}
	}

	private void saysWhatIsWrong(String url, Throwable ex) {
		assertThat(ex).as(url)
			.isInstanceOfAny(WebClientRequestException.class, IllegalArgumentException.class)
			.hasMessageMatching("(?s).{8,}");
		// What becomes of a connection that was tried
		assertThat(Stream.iterate(ex, Objects::nonNull, Throwable::getCause)).as(url)
			.noneMatch(SocketException.class::isInstance);
	}

	/**
	 * Return URLs that each client takes for such, so that nothing but the filter keeps
	 * them from being connected to.
	 */
	private List<String> addresses() {
		int port = this.server.port();
		return Stream.of(AddressFilterUrls.toThisMachine(port), AddressFilterUrls.toElsewhere(port))
			.flatMap(List::stream)
			.toList();
	}

	private static void assertRefusedByFilter(String url, @Nullable Throwable ex) {
		assertThat(ex).as(url).hasCauseInstanceOf(FilteredHostException.class);
	}

	private static String get(ApplicationContext context,
			Function<RequestHeadersUriSpec<?>, RequestHeadersSpec<?>> request) {
		WebClient client = context.getBean(WebClient.class);
		return context.getBean(LoopTemplate.class)
			.withTimeout(Duration.ofSeconds(10))
			.execute(Mono.defer(() -> request.apply(client.get()).retrieve().bodyToMono(String.class)));
	}

	private HttpClient customize(HttpClient client, ObjectProvider<LoopThread> loop) {
		HttpClient recorded = client.doOnChannelInit((observer, channel, address) -> {
			this.channels.add(channel);
			channel.pipeline().addFirst(new ConnectRecorder(this.connections));
		});
		if (this.resolver != null) {
			return this.resolver.apply(recorded);
		}
		DnsServerAddressStreamProvider nameServer = new SingletonDnsServerAddressStreamProvider(this.dns.address());
		// On the loop already here, or Reactor Netty starts its own for the resolver
		return recorded.runOn((useNative) -> loop.getObject().eventLoopGroup())
			.resolver((spec) -> spec.dnsAddressResolverGroupProvider((builder) -> new DnsAddressResolverGroup(
					builder.resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED).nameServerProvider(nameServer))));
	}

	private static ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> customizer(
			UnaryOperator<HttpClient> customizer) {
		return new ClientHttpConnectorBuilderCustomizer<>() {

			@Override
			public ReactorClientHttpConnectorBuilder customize(ReactorClientHttpConnectorBuilder builder) {
				return builder.withHttpClientCustomizer(customizer);
			}

		};
	}

	/**
	 * Records where connections are begun to.
	 */
	private static final class ConnectRecorder extends ChannelOutboundHandlerAdapter {

		private final Set<SocketAddress> connections;

		ConnectRecorder(Set<SocketAddress> connections) {
			this.connections = connections;
		}

		@Override
		public void connect(ChannelHandlerContext context, SocketAddress remoteAddress, SocketAddress localAddress,
				ChannelPromise promise) {
			this.connections.add(remoteAddress);
			context.connect(remoteAddress, localAddress, promise);
		}

	}

	/**
	 * What became of each call.
	 */
	private static final class Outcomes {

		private final Map<String, String> answers = new LinkedHashMap<>();

		private final Map<String, Throwable> failures = new LinkedHashMap<>();

		void add(String name, Supplier<String> call) {
			try {
				this.answers.put(name, String.valueOf(call.get()));
			}
			catch (RuntimeException ex) {
				this.failures.put(name, ex);
			}
		}

		List<Throwable> refused() {
			return this.failures.values()
				.stream()
				.filter((ex) -> ex.getCause() instanceof FilteredHostException)
				.toList();
		}

	}

}
