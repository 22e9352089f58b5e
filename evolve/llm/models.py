"""The models of a campaign: where each is reached and what it costs."""

from __future__ import annotations

from evolve.llm import transport
from evolve.llm.errors import FatalLLMError, UnknownPriceError
from evolve.llm.pricing import Price, published_price
from evolve.llm.settings import LLMSettings, SettingsError


class Models:
    """Endpoints and prices, found out once.

    Raises:
        SettingsError: if a key's environment variable is not set.
    """

    def __init__(self, settings: LLMSettings) -> None:
        self._settings = settings
        self._api_keys = {model: settings.api_key(model) for model in settings.models}
        self._prices: dict[tuple[str, bool], Price | None] = {}
        self._endpoints: dict[str, transport.Endpoint] = {}

    def endpoint(self, model: str) -> transport.Endpoint:
        """Where ``model`` is reached; imports litellm.

        Raises:
            FatalLLMError: if its name tells no provider.
        """
        if model not in self._endpoints:
            base_url = self._settings.of(model).base_url
            self._endpoints[model] = transport.endpoint(model, base_url, self._api_keys.get(model))
        return self._endpoints[model]

    def price(self, model: str, *, batch: bool = False) -> Price | None:
        """Price of ``model``: the settings', else the published one (imports litellm); None if there is neither.

        Args:
            model: one of the settings'.
            batch: the published price of calls sent in batches, where it is known.
        """
        if model in self._settings.prices:
            return self._settings.prices[model]
        if (model, batch) not in self._prices:
            self._prices[model, batch] = published_price(model, transport.load().model_cost, batch=batch)
        return self._prices[model, batch]

    def require_prices(self) -> None:
        """Make sure that a USD cap can be held.

        Raises:
            UnknownPriceError: saying how to give the price.
        """
        for model in self._settings.models:
            if self.price(model) is None:
                raise UnknownPriceError(
                    f"a USD cap needs the price of {model}, which is not known: give it in the campaign file as "
                    f'[llm.prices."{model}"] with input_per_million and output_per_million (USD)'
                )

    def require_access(self) -> None:
        """Find before the first call what would make every call fail or be other than asked for.

        That is a name without provider, a key that is not set, an effort that would be left out.

        Raises:
            SettingsError: naming it.
        """
        for model in self._settings.models:
            try:
                where = self.endpoint(model)
            except FatalLLMError as error:
                raise SettingsError(str(error)) from error
            if where.base_url is None and where.api_key is None and (variable := transport.missing_key(model)):
                raise SettingsError(
                    f"{model} needs a key: set {variable}, or name the variable that holds it (api_key_env in [llm], "
                    "--api-key-env of rcbench)"
                )
            own = self._settings.of(model)
            if own.reasoning_effort and transport.unsupported(model, own.base_url, ["reasoning_effort"]):
                raise SettingsError(f"{model} takes no reasoning_effort, as far as litellm knows; leave it out")


def check_models(settings: LLMSettings, usd_cap: bool) -> None:
    """Everything about the models that can be known without a call; takes the seconds that importing litellm takes.

    Args:
        settings: of the campaign.
        usd_cap: whether the campaign has one.

    Raises:
        SettingsError, UnknownPriceError: one sentence.
    """
    models = Models(settings)
    if usd_cap:
        models.require_prices()
    models.require_access()
