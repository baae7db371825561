package io.github.loopthread.autoconfigure.security;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

import io.netty.handler.codec.http.HttpHeaders;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.AuthenticatedPrincipalOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.reactive.function.client.ServletOAuth2AuthorizedClientExchangeFilterFunction;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.user.DefaultOAuth2User;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthentication;
import org.springframework.security.oauth2.server.resource.web.reactive.function.client.ServletBearerExchangeFilterFunction;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

import static org.springframework.security.oauth2.client.web.reactive.function.client.ServletOAuth2AuthorizedClientExchangeFilterFunction.clientRegistrationId;
import static org.springframework.security.oauth2.client.web.reactive.function.client.ServletOAuth2AuthorizedClientExchangeFilterFunction.oauth2AuthorizedClient;

/**
 * A secured application whose controllers call a resource server, either with
 * {@code block()} or on the loop. The client {@code machine} has credentials of its own,
 * {@code shop} has a refresh token of each user.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
// Redis has threads and a timer for as long as its application lives
@EnableAutoConfiguration(exclude = DataRedisAutoConfiguration.class)
@EnableWebSecurity
@Import({ OAuth2Application.Clients.class, OAuth2Application.Calls.class, OAuth2Application.Pages.class })
class OAuth2Application {

	private static final List<String> USERS = List.of("ada", "bob");

	static Publisher<String> bearer(HttpHeaders headers) {
		return Mono.just(headers.get("Authorization", "none").replace("Bearer ", ""));
	}

	@Bean
	SecurityFilterChain securityFilterChain(HttpSecurity http) {
		return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
			.httpBasic(Customizer.withDefaults())
			.oauth2Client(Customizer.withDefaults())
			.addFilterAfter(new LoginFilter(), BasicAuthenticationFilter.class)
			.build();
	}

	@Bean
	UserDetailsService userDetailsService() {
		// Not one that could replace the passwords by others that are slow to check
		return (name) -> User.withUsername(name).password("{noop}secret").roles("USER").build();
	}

	@Bean
	ClientRegistrationRepository registrations(@Value("${authorization-server.token-uri}") String tokenUri) {
		return new InMemoryClientRegistrationRepository(
				ClientRegistration.withRegistrationId("machine")
					.clientId("machine")
					.clientSecret("secret")
					.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
					.tokenUri(tokenUri)
					.build(),
				ClientRegistration.withRegistrationId("shop")
					.clientId("shop")
					.clientSecret("secret")
					.authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
					.redirectUri("{baseUrl}/login")
					.authorizationUri("http://localhost/never")
					.tokenUri(tokenUri)
					.build());
	}

	@Bean
	OAuth2AuthorizedClientService authorizedClientService(ClientRegistrationRepository registrations) {
		return new InMemoryOAuth2AuthorizedClientService(registrations);
	}

	@Bean
	OAuth2AuthorizedClientRepository authorizedClients(OAuth2AuthorizedClientService service,
			@Value("${clients-in-session:false}") boolean inSession) {
		return inSession ? new HttpSessionOAuth2AuthorizedClientRepository()
				: new AuthenticatedPrincipalOAuth2AuthorizedClientRepository(service);
	}

	/**
	 * What the application knows of its users at the authorization server.
	 */
	static class Clients {

		private final ClientRegistrationRepository registrations;

		private final OAuth2AuthorizedClientService service;

		Clients(ClientRegistrationRepository registrations, OAuth2AuthorizedClientService service) {
			this.registrations = registrations;
			this.service = service;
		}

		void reset() {
			for (String user : USERS) {
				this.service.removeAuthorizedClient("machine", user);
				this.service.saveAuthorizedClient(expired(user), new TestingAuthenticationToken(user, ""));
			}
		}

		OAuth2AuthorizedClient expired(String user) {
			Instant past = Instant.now().minus(Duration.ofDays(1));
			return new OAuth2AuthorizedClient(this.registrations.findByRegistrationId("shop"), user,
					new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, "expired", past, past.plusSeconds(1)),
					new OAuth2RefreshToken(TestAuthorizationServer.refreshToken(user), past));
		}

	}

	/**
	 * The calls, with block() or on the loop.
	 */
	static class Calls {

		private final LoopTemplate loop;

		private final WebClient explicit;

		private final Map<String, Supplier<Mono<String>>> calls;

		Calls(LoopTemplate loop, WebClient loopWebClient, Clients clients, ClientRegistrationRepository registrations,
				OAuth2AuthorizedClientRepository repository, OAuth2AuthorizedClientService service,
				@Value("${resource-server.url}") String url) {
			this.loop = loop;
			WebClient web = loopWebClient.mutate().baseUrl(url).build();
			this.explicit = web.mutate().filter(oauth2(registrations, repository)).build();
			ServletOAuth2AuthorizedClientExchangeFilterFunction asMachine = oauth2(registrations, repository);
			asMachine.setDefaultClientRegistrationId("machine");
			WebClient machine = web.mutate().filter(asMachine).build();
			ServletOAuth2AuthorizedClientExchangeFilterFunction asUser = oauth2(registrations, repository);
			asUser.setDefaultOAuth2AuthorizedClient(true);
			WebClient mine = web.mutate().filter(asUser).build();
			WebClient documented = web.mutate().apply(asUser.oauth2Configuration()).build();
			// Only with the request among its attributes does the filter forget a token
			WebClient remembering = web.mutate().apply(oauth2(registrations, repository).oauth2Configuration()).build();
			WebClient relay = web.mutate().filter(new ServletBearerExchangeFilterFunction()).build();
			WebClient background = web.mutate().filter(withoutRequest(registrations, service)).build();
			this.calls = Map.ofEntries(Map.entry("registration-id", () -> of("machine", "/echo")),
					Map.entry("registration-id-of-user", () -> of("shop", "/echo")),
					Map.entry("given-client", () -> given(clients.expired(user()))),
					Map.entry("default-registration-id", () -> echo(machine)),
					Map.entry("default-client", () -> echo(mine)), Map.entry("documented", () -> echo(documented)),
					Map.entry("relay", () -> echo(relay)),
					Map.entry("flat-map",
							() -> of("shop", "/echo").flatMap((first) -> of("machine", "/echo").map(after(first)))),
					Map.entry("zip",
							() -> Mono.zip(of("shop", "/echo"), of("machine", "/echo"),
									(first, second) -> first + "+" + second)),
					Map.entry("retry", () -> of("machine", "/fails-first").retry(1)),
					Map.entry("retry-after-refusal",
							() -> remembering.get()
								.uri("/refuses-first")
								.attributes(clientRegistrationId("machine"))
								.retrieve()
								.bodyToMono(String.class)
								.retry(1)),
					Map.entry("after-other-call",
							() -> echo(web).flatMap((first) -> of("shop", "/echo").map(after(first)))),
					Map.entry("without-request",
							() -> background.get()
								.uri("/echo")
								.attributes(clientRegistrationId("shop"))
								.retrieve()
								.bodyToMono(String.class)));
		}

		String run(String way, String call) {
			return run(way, this.calls.get(call).get());
		}

		String run(String way, Mono<String> call) {
			return way.equals("loop") ? this.loop.execute(call) : call.block(Duration.ofSeconds(30));
		}

		Mono<String> given(OAuth2AuthorizedClient client) {
			return this.explicit.get()
				.uri("/echo")
				.attributes(oauth2AuthorizedClient(client))
				.retrieve()
				.bodyToMono(String.class);
		}

		private Mono<String> of(String registrationId, String path) {
			return this.explicit.get()
				.uri(path)
				.attributes(clientRegistrationId(registrationId))
				.retrieve()
				.bodyToMono(String.class);
		}

		private static Mono<String> echo(WebClient client) {
			return client.get().uri("/echo").retrieve().bodyToMono(String.class);
		}

		private static Function<String, String> after(String first) {
			return (second) -> first + "+" + second;
		}

		private static String user() {
			return SecurityContextHolder.getContext().getAuthentication().getName();
		}

		private static ServletOAuth2AuthorizedClientExchangeFilterFunction oauth2(
				ClientRegistrationRepository registrations, OAuth2AuthorizedClientRepository repository) {
			return new ServletOAuth2AuthorizedClientExchangeFilterFunction(registrations, repository);
		}

		private static ServletOAuth2AuthorizedClientExchangeFilterFunction withoutRequest(
				ClientRegistrationRepository registrations, OAuth2AuthorizedClientService service) {
			AuthorizedClientServiceOAuth2AuthorizedClientManager manager = new AuthorizedClientServiceOAuth2AuthorizedClientManager(
					registrations, service);
			manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder().refreshToken().build());
			return new ServletOAuth2AuthorizedClientExchangeFilterFunction(manager);
		}

	}

	@RestController
	static class Pages {

		private final Calls calls;

		Pages(Calls calls) {
			this.calls = calls;
		}

		@GetMapping("/{way}/{call}")
		String call(@PathVariable String way, @PathVariable String call) {
			return this.calls.run(way, call);
		}

		@GetMapping("/{way}/registered")
		String callWithRegisteredClient(@PathVariable String way,
				@RegisteredOAuth2AuthorizedClient("shop") OAuth2AuthorizedClient client) {
			return this.calls.run(way, this.calls.given(client));
		}

	}

	/**
	 * Turns who has authenticated with a password into one who has logged in with OAuth2,
	 * or has sent a token.
	 */
	private static final class LoginFilter extends OncePerRequestFilter {

		@Override
		protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
				throws ServletException, IOException {
			Authentication user = SecurityContextHolder.getContext().getAuthentication();
			if (user != null) {
				SecurityContextHolder.setContext(new SecurityContextImpl(login(request.getHeader("X-Login"), user)));
			}
			chain.doFilter(request, response);
		}

		private static Authentication login(String login, Authentication user) {
			Map<String, Object> attributes = Map.of("sub", user.getName());
			return switch (login) {
				case "oauth2" -> new OAuth2AuthenticationToken(
						new DefaultOAuth2User(user.getAuthorities(), attributes, "sub"), user.getAuthorities(), "shop");
				case "bearer" -> new BearerTokenAuthentication(
						new DefaultOAuth2AuthenticatedPrincipal(user.getName(), attributes,
								List.copyOf(user.getAuthorities())),
						new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, "token-of-" + user.getName(), null,
								null),
						user.getAuthorities());
				default -> user;
			};
		}

	}

}
