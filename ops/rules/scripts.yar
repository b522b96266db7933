// What scripts of modules have no business with. Warnings: a person looks.

rule miner_in_script
{
    meta:
        description = "a script that mines a cryptocurrency"
        severity = "warning"
    strings:
        $library = /\b(CoinHive|coinhive\.min\.js|CoinImp|cryptonight|webminerpool|deepMiner)\b/ nocase
        $pool = /stratum\+(tcp|ssl|tls):\/\/[a-z0-9.-]+:[0-9]{2,5}/ nocase
        $algorithm = /\b(randomx|cn\/r|argon2\/chukwa)\b/ nocase
        $hashes = "hashesPerSecond" nocase
    condition:
        $pool or ($library and 1 of ($algorithm, $hashes)) or ($library and #library > 3)
}

rule wallet_drainer_in_script
{
    meta:
        description = "a script that empties the wallet of who opens the page"
        severity = "error"
    strings:
        $wallet = "window.ethereum"
        $accounts = "eth_requestAccounts"
        $approve = /\b(setApprovalForAll|increaseAllowance|permit2?)\b/
        $all = /MaxUint256|0xf{64}/ nocase
        $sign = /eth_signTypedData_v4|eth_sign\b/
        $balances = /api\.(opensea|debank|covalenthq|zapper)\.[a-z]+/ nocase
    condition:
        $wallet and $accounts and $approve and ($all or $sign) and $balances
}

rule seed_phrase_sent_away
{
    meta:
        description = "a script that asks for a wallet's recovery words and sends them on"
        severity = "error"
    strings:
        $asks = /(seed|recovery|mnemonic)[ _-]?(phrase|words)/ nocase
        $bot = /api\.telegram\.org\/bot[0-9]{6,}:[A-Za-z0-9_-]{30,}\/sendMessage/
        $hook = /discord(app)?\.com\/api\/webhooks\/[0-9]{10,}\/[A-Za-z0-9_-]{40,}/
    condition:
        $asks and ($bot or $hook)
}
