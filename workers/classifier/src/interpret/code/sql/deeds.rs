//! What statements do, and how bad each of it is.

use palisade_protocol::verdict::Class;

/// What one statement does. In no order; the class says how bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Reads,
    Inserts,
    Creates,
    Updates,
    Deletes,
    Maintains,
    Changes,
    Copies,
    Sets,
    SetsServer,
    CallsUnknown,
    ReadsSecrets,
    RunsCode,
    Unknown,
    DropsPart,
    Kills,
    ReadsHost,
    WritesHost,
    Reaches,
    Rights,
    AllRights,
    Drops,
    DropsColumn,
    DropsAccount,
    Truncates,
    DeletesAll,
    UpdatesAll,
    Restores,
    Stops,
    RunsProgram,
}

impl Deed {
    /// Class, rule, and what is said of it.
    pub(super) fn says(self) -> (Class, &'static str, &'static str) {
        use Class::{Ambiguous, Catastrophic, Destructive, Safe};
        match self {
            Self::Reads => (Safe, "db.read", "reads a database"),
            Self::Inserts => (Ambiguous, "db.insert", "adds rows"),
            Self::Creates => (Ambiguous, "db.change", "creates something in a database"),
            Self::Updates => (Ambiguous, "db.update", "changes rows"),
            Self::Deletes => (Destructive, "db.delete", "deletes rows"),
            Self::Maintains => (Ambiguous, "db.change", "rewrites what a database holds"),
            Self::Changes => (Ambiguous, "db.change", "changes a database"),
            Self::Copies => (Ambiguous, "db.copy", "copies between tables and files"),
            Self::Sets => (Ambiguous, "db.setting", "changes how the following statements run"),
            Self::SetsServer => (Destructive, "db.setting", "changes a database server's settings"),
            Self::CallsUnknown => (Ambiguous, "db.function", "calls a function of the database that is not known"),
            Self::ReadsSecrets => (Ambiguous, "secret.read", "reads the password hashes of a database"),
            Self::RunsCode => (Ambiguous, "db.code", "runs a procedure or code inside the database"),
            Self::Unknown => (Ambiguous, "db.unknown", "runs a statement that is not known"),
            Self::DropsPart => (Destructive, "db.drop", "drops a part of a database"),
            Self::Kills => (Destructive, "db.session", "ends other sessions of a database"),
            Self::ReadsHost => (Destructive, "db.function", "reads files on the database's host"),
            Self::WritesHost => (Destructive, "db.file", "writes a file on the database's host"),
            Self::Reaches => (Destructive, "db.function", "calls a function that reaches beyond the data"),
            Self::Rights => (Destructive, "db.rights", "changes who may use a database"),
            Self::AllRights => (Catastrophic, "db.rights", "gives somebody every right on a database"),
            Self::Drops => (Catastrophic, "db.drop", "drops data for good"),
            Self::DropsColumn => (Catastrophic, "db.drop", "drops a column or more"),
            Self::DropsAccount => (Catastrophic, "db.account", "drops an account of a database"),
            Self::Truncates => (Catastrophic, "db.truncate", "empties a table"),
            Self::DeletesAll => (Catastrophic, "db.delete", "deletes every row"),
            Self::UpdatesAll => (Catastrophic, "db.update", "changes every row"),
            Self::Restores => (Catastrophic, "db.restore", "replaces a database by an older one"),
            Self::Stops => (Catastrophic, "db.stop", "stops a database or discards its logs"),
            Self::RunsProgram => (Catastrophic, "db.exec", "runs a program on the database's host"),
        }
    }

    pub(super) fn class(self) -> Class {
        self.says().0
    }

    /// Whether it is about nothing but what the database itself holds: in a database that is thrown away that is no loss.
    pub(super) fn stays_inside(self) -> bool {
        use Deed::*;
        self.class() == Class::Safe
            || matches!(
                self,
                Inserts
                    | Creates
                    | Updates
                    | Deletes
                    | Maintains
                    | Changes
                    | DropsPart
                    | Drops
                    | DropsColumn
                    | Truncates
                    | DeletesAll
                    | UpdatesAll
            )
    }
}

/// What a function of that name does when a query calls it; `None` if it only computes.
pub(super) fn function(name: &str) -> Option<Deed> {
    Some(match name {
        "sys_exec"
        | "sys_eval"
        | "xp_cmdshell"
        | "load_extension"
        | "edit"
        | "executable"
        | "sp_oacreate"
        | "dblink_exec"
        | "xp_regwrite"
        | "sp_execute_external_script" => Deed::RunsProgram,
        "lo_export" | "pg_file_write" | "writefile" | "pg_file_unlink" | "pg_file_rename" | "xp_delete_file" => {
            Deed::WritesHost
        }
        "lo_import"
        | "pg_read_file"
        | "pg_read_binary_file"
        | "load_file"
        | "pg_ls_dir"
        | "pg_stat_file"
        | "readfile"
        | "pg_ls_logdir"
        | "pg_ls_waldir"
        | "openrowset"
        | "opendatasource"
        | "openquery"
        | "xp_dirtree"
        | "utl_file"
        | "bfilename"
        | "fsdir" => Deed::ReadsHost,
        "pg_terminate_backend" | "pg_cancel_backend" => Deed::Kills,
        "pg_drop_replication_slot"
        | "pg_promote"
        | "pg_switch_wal"
        | "pg_rotate_logfile"
        | "pg_reload_conf"
        | "pg_wal_replay_pause"
        | "pg_stat_reset"
        | "pg_stat_statements_reset"
        | "pg_create_restore_point"
        | "pg_logical_emit_message"
        | "dblink"
        | "dblink_connect"
        | "dblink_send_query"
        | "lo_put"
        | "lo_unlink"
        | "lo_from_bytea"
        | "query_to_xml"
        | "query_to_xml_and_xmlschema"
        | "database_to_xml"
        | "fts3_tokenizer"
        | "setval"
        | "url"
        | "s3"
        | "remote"
        | "remotesecure"
        | "mysql"
        | "postgresql"
        | "hdfs"
        | "odbc"
        | "jdbc"
        | "http_get"
        | "http_post"
        | "http"
        | "http_delete"
        | "http_put"
        | "utl_http"
        | "httpuritype"
        | "aws_lambda"
        | "cluster"
        | "truncate_tables"
        | "reset" => Deed::Reaches,
        "set_config" => Deed::Sets,
        _ if ["delete", "drop", "purge", "truncate", "remove", "wipe", "destroy", "terminate"]
            .iter()
            .any(|verb| name.starts_with(verb) && name.len() > verb.len() && name.as_bytes()[verb.len()] == b'_') =>
        {
            Deed::Reaches
        }
        _ if computes(name) => return None,
        _ => Deed::CallsUnknown,
    })
}

/// Functions of the databases that only compute or read, whole names.
const COMPUTES: &str = " abs ceil ceiling floor round trunc truncate sign sqrt cbrt power pow exp ln log log2 log10 mod div \
    greatest least coalesce nullif ifnull isnull nvl nvl2 iif if decode cast try_cast convert try_convert count sum avg min max \
    total median mode variance stddev var_pop var_samp stddev_pop stddev_samp corr every bool_and bool_or any_value first last \
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value percentile_cont \
    percentile_disc string_agg group_concat listagg array_agg list xmlagg concat concat_ws format printf lower upper initcap \
    length len char_length character_length octet_length bit_length left right substr substring substring_index mid trim \
    ltrim rtrim btrim lpad rpad repeat replicate replace reverse translate position strpos instr locate charindex patindex \
    ascii chr char unicode quote quote_ident quote_literal quote_nullable md5 sha1 sha2 sha224 sha256 sha384 sha512 hashbytes \
    crc32 hex unhex encode from_base64 to_base64 tobase64 frombase64 split_part split string_split overlay soundex levenshtein \
    similarity space strcmp stuff now today yesterday current_timestamp current_date current_time current_user session_user current_version current_account current_role current_warehouse current_region current_schema current_database \
    system_user user localtime localtimestamp getdate getutcdate sysdate sysdatetime clock_timestamp statement_timestamp \
    transaction_timestamp date time datetime timestamp timestampdiff timestampadd datediff dateadd datename datepart datetrunc \
    date_part date_trunc date_bin date_add date_sub date_diff date_format strftime julianday unixepoch unix_timestamp \
    from_unixtime str_to_date to_date to_char to_timestamp to_number makedate make_date make_interval make_timestamp age \
    extract year month day hour minute second week quarter weekday dayofweek dayofmonth dayofyear dayname monthname last_day \
    adddate subdate curdate curtime utc_timestamp utc_date justify_days justify_hours epoch timediff time_to_sec sec_to_time \
    eomonth isdate generate_series generate_subscripts generate_array range unnest cardinality exists not in and or values any \
    all some typeof pg_typeof random rand randomblob zeroblob uuid newid gen_random_uuid uuid_generate_v4 uuid_generate_v1 \
    generateuuidv4 version database schema current_database current_schema current_schemas current_setting connection_id \
    last_insert_id last_insert_rowid changes total_changes found_rows row_count lastval currval nextval scope_identity \
    object_id object_name db_name db_id col_name host_name suser_sname serverproperty databasepropertyex has_table_privilege \
    has_schema_privilege has_database_privilege txid_current obj_description col_description shobj_description inet_ntoa \
    inet_aton host masklen network family grouping rollup cube sets explode flatten lateral_flatten parse_json object_construct \
    get_ddl get_path column_columns row struct map named_struct nullifzero zeroifnull likelihood likely unlikely glob like \
    regexp rlike regexp_like regexp_replace regexp_substr regexp_matches regexp_match regexp_count regexp_instr \
    regexp_extract regexp_split_to_table regexp_split_to_array highlight snippet bm25 match against rtrim_zero tsvector \
    plainto_tsquery websearch_to_tsquery phraseto_tsquery to_tsvector to_tsquery ts_rank ts_rank_cd ts_headline setweight \
    pg_relation_size pg_total_relation_size pg_table_size pg_indexes_size pg_database_size pg_size_pretty pg_size_bytes \
    pg_tablespace_size pg_column_size pg_is_in_recovery pg_postmaster_start_time pg_conf_load_time pg_backend_pid \
    pg_blocking_pids pg_current_wal_lsn pg_last_wal_replay_lsn pg_last_wal_receive_lsn pg_wal_lsn_diff pg_current_xact_id \
    pg_last_xact_replay_timestamp pg_encoding_to_char pg_table_is_visible pg_stat_get_activity pg_lock_status format_type \
    inet_server_addr inet_server_port inet_client_addr pg_timezone_names pg_available_extensions pg_show_all_settings \
    to_regclass to_regtype jsonb json row_to_json hstore width_bucket bit_count conv bin oct degrees radians sin cos tan asin \
    acos atan atan2 cot pi gcd lcm factorial numnode querytree approx_count_distinct hll_count uniq uniqexact quantile \
    quantiles topk groupuniqarray sumif countif avgif minif maxif anylast argmin argmax tostring toint32 toint64 touint64 \
    todate todatetime tostartofday tostartofhour tostartofmonth tostartofminute formatreadablesize formatdatetime hostname \
    uptime fqdn currentdatabase getsetting multiif lowerutf8 upperutf8 empty notempty has arrayjoin arraymap sumoverstate \
    safe_divide safe_cast ieee_divide countdistinct count_distinct ts token ttl writetime mintimeuuid maxtimeuuid todatestamp \
    dateof sqlite_version sqlite_source_id sqlite_compileoption_used numbers read_csv read_csv_auto read_parquet read_json \
    read_json_auto read_ndjson parquet_schema parquet_metadata parquet_scan csv_scan sniff_csv glob_files duckdb_tables \
    duckdb_columns duckdb_settings duckdb_functions file pragma_table_info pragma_database_list table_info hash list_value \
    numeric decimal varchar nvarchar int integer bigint float double text bytea interval bit point st_x st_y st_distance \
    st_astext st_asgeojson st_intersects st_contains st_within st_area st_length st_makepoint st_setsrid st_transform ";
/// Beginnings of names that only compute.
const COMPUTES_BEGIN: &[&str] = &[
    "json_",
    "jsonb_",
    "array_",
    "string_",
    "str_",
    "list_",
    "map_",
    "struct_",
    "date_",
    "time_",
    "timestamp_",
    "datetime_",
    "ts_",
    "regexp_",
    "is_",
    "to_",
    "from_",
    "bit_",
    "approx_",
    "percentile_",
    "range_",
    "xml",
    "st_",
    "json",
    "array",
    "isfinite",
    "pragma_",
    "duckdb_",
    "parquet_",
    "pg_get_",
    "pg_stat_get_",
    "has_",
    "inet6_",
    "safe_",
    "format",
    "parse",
    "uuid_",
    "row_",
    "window_",
    "stddev",
    "var_",
    "first_",
    "last_",
    "min_",
    "max_",
    "avg_",
    "sum_",
    "count_",
    "get_json",
    "extract",
    "tostartof",
    "tounix",
    "todate",
    "toyear",
    "tomonth",
];

fn computes(name: &str) -> bool {
    COMPUTES.contains(&format!(" {name} ")) || COMPUTES_BEGIN.iter().any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_reaches_out_never_counts_as_computing() {
        for name in
            ["lo_export", "pg_read_file", "load_file", "sys_exec", "dblink", "pg_terminate_backend", "writefile"]
        {
            assert!(function(name).is_some_and(|deed| deed.class() >= Class::Destructive), "{name}");
        }
        assert_eq!(function("frobnicate"), Some(Deed::CallsUnknown));
        assert_eq!(function("drop_everything"), Some(Deed::Reaches));
        for name in ["count", "nextval", "jsonb_agg", "date_trunc", "lower", "truncate"] {
            assert_eq!(function(name), None, "{name}");
        }
    }
}
